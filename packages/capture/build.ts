/** Builds the extension into dist/extension: the page's script, what it loads later, and its worker's, beside the files of extension/. */
import { cp, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

await mkdir(at('dist/extension'), { recursive: true })
await Promise.all([
  cp(at('extension'), at('dist/extension'), { recursive: true }),
  build({
    input: { capture: at('src/main.ts'), rawWorker: at('src/rawWorker.ts') },
    platform: 'browser',
    resolve: { conditionNames: ['source', 'import', 'default'] },
    // Names without a hash: a build replaces the one before.
    output: { dir: at('dist/extension'), entryFileNames: '[name].js', chunkFileNames: '[name].js', format: 'esm', sourcemap: false, minify: true },
    logLevel: 'warn',
  }),
])
