/** Bundles the element into one file that any page can load as it is: dist/tandem-view.js. */
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

await build({
  input: at('src/bundle.ts'),
  platform: 'browser',
  resolve: { conditionNames: ['source', 'import', 'default'] },
  output: { file: at('dist/tandem-view.js'), format: 'esm', sourcemap: false, minify: true },
  logLevel: 'warn',
})
