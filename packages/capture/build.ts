/** Builds the extension into dist/extension: one script from src/main.ts, beside the files of extension/. */
import { cp, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

await mkdir(at('dist/extension'), { recursive: true })
await Promise.all([
  cp(at('extension'), at('dist/extension'), { recursive: true }),
  build({
    input: at('src/main.ts'),
    platform: 'browser',
    resolve: { conditionNames: ['source', 'import', 'default'] },
    output: { file: at('dist/extension/capture.js'), format: 'esm', sourcemap: false },
    logLevel: 'warn',
  }),
])
