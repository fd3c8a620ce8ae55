// @ts-check
/** `npm run build`: all that is published or served, made anew: the packages' dist folders, the capture extension, the dashboard. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runLogged, SetupError, step } from './progress.mjs'
import { ensureBuilt, ensureNode, ensurePackages, LOGS, nodeEnv, ROOT } from './setup.mjs'

/** In the order of their imports. The capture extension and the dashboard have builds of their own. */
const PACKAGES = ['protocol', 'browser', 'server', 'client', 'react', 'element', 'cli', 'livekit']

try {
  ensureNode()
  await ensurePackages()
  // Before anything is built: the element's bundle lies in its dist folder too.
  for (const name of PACKAGES) {
    rmSync(join(ROOT, 'packages', name, 'dist'), { recursive: true, force: true })
  }
  await ensureBuilt({ force: true })
  const projects = PACKAGES.map((name) => `packages/${name}/tsconfig.build.json`)
  await step('packages', (say) =>
    runLogged(join(ROOT, 'node_modules', '.bin', 'tsc'), ['--build', ...projects], { name: 'build-packages', logDir: LOGS, cwd: ROOT, env: nodeEnv(), say }),
  )
  // The server is published with what it serves; the element comes as its dependency.
  cpSync(join(ROOT, 'apps', 'dashboard', 'dist'), join(ROOT, 'packages', 'server', 'dist', 'dashboard'), { recursive: true })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
