// @ts-check
/**
 * `npm start`: sets up what is missing, then runs the server and hands it the terminal. The server prints the link.
 * One Ctrl-C stops the server in good order, a second one kills it; whatever else ends this process, or the npm that runs
 * it, ends the server too. Runs on any Node from 20.19 on, without packages.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { buildLiveKitBeside } from './livekit.mjs'
import { SetupError } from './progress.mjs'
import { ensureBuilt, ensureChromium, ensureNode, ensurePackages, nodeBinary, nodeEnv, ROOT } from './setup.mjs'
import { whenOrphaned } from './whenOrphaned.mjs'

/** npm and the terminal both pass a Ctrl-C on: what comes this soon after the first is the same one. */
const SAME_SIGNAL_MS = 400
const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 7900

const building = new AbortController()
try {
  ensureNode()
  await assertPortFree(setting('host', 'TANDEM_HOST') ?? DEFAULT_HOST, setting('port', 'TANDEM_PORT') ?? String(DEFAULT_PORT))
  await ensurePackages()
  const chromium = await ensureChromium()
  await ensureBuilt()
  if (needsLiveKit()) void buildLiveKitBeside(building.signal)
  // The link is what people look for; TANDEM_LOG_LEVEL=info shows the rest.
  await serve({ CHROMIUM_PATH: chromium, TANDEM_LOG_LEVEL: process.env['TANDEM_LOG_LEVEL'] || 'warn' })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
} finally {
  building.abort()
}

/** The server runs a LiveKit server of its own, and nothing says where that is. */
function needsLiveKit() {
  if (setting('livekit', 'TANDEM_LIVEKIT') === 'off') return false
  const named = [
    written('livekit-bin', 'TANDEM_LIVEKIT_BIN'),
    written('livekit-url', 'LIVEKIT_URL'),
    asText(configFile()['livekitBin']),
    asText(configFile()['livekitUrl']),
  ]
  return named.every((value) => value === undefined)
}

/** @param {Record<string, string>} extra */
function serve(extra) {
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', 'packages/server/src/main.ts', ...process.argv.slice(2)]
  // A process group of its own: a Ctrl-C reaches the server once, from here, and not also from the terminal. The channel
  // says nothing: it closes when this process ends, however it does.
  const child = spawn(nodeBinary(), args, {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: nodeEnv(extra),
    detached: process.platform !== 'win32',
  })
  let firstAt = 0
  /** @param {'SIGINT' | 'SIGTERM'} signal */
  const stop = (signal) => {
    const now = Date.now()
    if (firstAt === 0) {
      firstAt = now
      child.kill(signal)
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      child.kill('SIGKILL')
    }
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  // To the server it means to stop, or to read its certificate again.
  process.on('SIGHUP', () => child.kill('SIGHUP'))
  whenOrphaned(() => stop('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`The server could not be started: ${error.message}`)))
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)
      resolve(undefined)
    })
  })
}

/**
 * As the server will read it: `npm start -- --port 8000` or `--port=8000`, else the environment, else the configuration file.
 * @param {string} name
 * @param {string} variable
 */
function setting(name, variable) {
  return written(name, variable) ?? asText(configFile()[name])
}

/**
 * @param {string} flag
 * @param {string} variable
 */
function written(flag, variable) {
  const args = process.argv.slice(2)
  const at = args.findLastIndex((argument) => argument === `--${flag}` || argument.startsWith(`--${flag}=`))
  const given = args[at]
  const value = given?.includes('=') ? given.slice(given.indexOf('=') + 1) : given && args[at + 1]
  return asText(value) ?? asText(process.env[variable])
}

/** @param {unknown} value */
function asText(value) {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return text.trim() === '' ? undefined : text
}

/**
 * The server finds it from the same folder. What is wrong with it is for the server to say.
 * @returns {Record<string, unknown>}
 */
function configFile() {
  try {
    return Object(JSON.parse(readFileSync(resolve(ROOT, written('config', 'TANDEM_CONFIG') ?? 'tandem.config.json'), 'utf8')))
  } catch {
    return {}
  }
}

/**
 * Says at once, before any set-up, that the port is taken, and by whom.
 * @param {string} host
 * @param {string} wanted
 */
async function assertPortFree(host, wanted) {
  const port = Number(wanted)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new SetupError(`The port is ${wanted}; it must be a number from 0 (any free port) to 65535.`)
  if (port === 0) return
  const code = await new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code))
    probe.listen(port, host, () => probe.close(() => resolve(undefined)))
  })
  if (code === 'EADDRINUSE') {
    const ours = await isTandem(host, port)
    throw new SetupError(
      ours
        ? `Tandem is already running on ${host}:${port}. \`npx tandem link\` prints its link; TANDEM_PORT=${port + 1} npm start runs a second one.`
        : `Port ${port} is taken by another program. Use another one: TANDEM_PORT=${port + 1} npm start`,
    )
  }
  if (code === 'EACCES') throw new SetupError(`This user may not listen on port ${port}. Use one above 1023: TANDEM_PORT=${DEFAULT_PORT} npm start`)
  if (code === 'EADDRNOTAVAIL')
    throw new SetupError(`The address to listen on is ${host}, which is none of this machine. Use 127.0.0.1, 0.0.0.0 or one of its addresses.`)
}

/**
 * @param {string} host
 * @param {number} port
 */
async function isTandem(host, port) {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  try {
    const answer = await fetch(`http://${name}:${port}/openapi.json`, { signal: AbortSignal.timeout(1_000) })
    return JSON.stringify(await answer.json()).includes('Tandem')
  } catch {
    return false
  }
}
