// @ts-check
/**
 * `npm run bench [-- --only text,input --seconds 8 --quick]`: sets up what `npm test` needs, then measures everything
 * in one run beside a peer. bench/run.ts knows the arguments, docs/bench.md the method.
 */
import { spawn } from 'node:child_process'
import { SetupError } from './progress.mjs'
import { ensureBuilt, ensureChromium, ensureNode, ensurePackages, nodeBinary, nodeEnv, ROOT } from './setup.mjs'

try {
  ensureNode()
  await ensurePackages()
  const chromium = await ensureChromium()
  await ensureBuilt()
  process.exitCode = await bench({ CHROMIUM_PATH: chromium })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

/**
 * @param {Record<string, string>} extra
 * @returns {Promise<number>} its exit code
 */
function bench(extra) {
  const child = spawn(nodeBinary(), ['--conditions=source', 'bench/run.ts', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit', env: nodeEnv(extra) })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`The bench could not be started: ${error.message}`)))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
