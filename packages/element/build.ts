/**
 * Bundles the element into one file that any page can load as it is: dist/tandem-view.js. LiveKit's SDK, five times as
 * large, is a second one beside it, dist/tandem-view-room.js, which is fetched by those who watch out of a room.
 */
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

await build({
  input: at('src/bundle.ts'),
  platform: 'browser',
  resolve: { conditionNames: ['source', 'import', 'default'] },
  output: {
    dir: at('dist'),
    entryFileNames: 'tandem-view.js',
    codeSplitting: { groups: [{ name: 'room', test: /livekit-client/ }] },
    chunkFileNames: 'tandem-view-[name].js',
    format: 'esm',
    sourcemap: false,
    minify: true,
  },
  logLevel: 'warn',
})
