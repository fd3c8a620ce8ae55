// @ts-check
/**
 * How the set-up shows what it does: one line for each step that has work to do, with its time; on a terminal the
 * line moves while the step runs, elsewhere a sign of life comes now and then. Steps with nothing to do are silent.
 * Runs on any Node from 20.19 on, without packages.
 */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
const SIGN_OF_LIFE_MS = 15_000
const TAIL_LINES = 25
const ERROR_LINES = 12

/** Of several steps at once the youngest has the terminal's line. @type {object[]} */
const running = []

/** A step of the set-up that failed in a way that the user can mend; `message` says how. */
export class SetupError extends Error {}

/**
 * Shows a step while it runs. Written to standard error: standard output is for what was asked for.
 * @template T
 * @param {string} title
 * @param {(say: (detail: string) => void) => Promise<T>} run `say` shows what it does at the moment
 * @returns {Promise<T>}
 */
export async function step(title, run) {
  const { stderr } = process
  const start = Date.now()
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`
  let detail = ''
  let frame = 0
  const clear = () => stderr.isTTY && stderr.write('\r\x1b[2K')
  running.push(seconds)
  const draw = () => {
    if (running.at(-1) !== seconds) return
    const line = `${FRAMES[frame++ % FRAMES.length]} ${title} (${seconds()})${detail ? ` ${detail}` : ''}`
    clear()
    stderr.write(line.slice(0, (stderr.columns || 80) - 1))
  }
  if (!stderr.isTTY) stderr.write(`· ${title} …\n`)
  const timer = stderr.isTTY
    ? setInterval(draw, FRAME_MS)
    : setInterval(() => stderr.write(`  … ${title}, ${seconds()}${detail ? `: ${detail}` : ''}\n`), SIGN_OF_LIFE_MS)
  try {
    const result = await run((text) => (detail = text))
    clear()
    stderr.write(`✓ ${title} (${seconds()})\n`)
    return result
  } catch (error) {
    clear()
    stderr.write(`✗ ${title} (${seconds()})\n`)
    throw error
  } finally {
    running.splice(running.indexOf(seconds), 1)
    clearInterval(timer)
  }
}

/**
 * Runs a program; its output goes to `<logDir>/<name>.log` and its last line to `say`. Resolves with its standard
 * output, rejects with a SetupError that holds the end of the output and, for the usual causes, what to do.
 * @param {string} command
 * @param {string[]} args
 * @param {{ name: string, logDir: string, cwd: string, env?: NodeJS.ProcessEnv, say?: (detail: string) => void, signal?: AbortSignal }} options `signal` ends it
 * @returns {Promise<string>}
 */
export function runLogged(command, args, { name, logDir, cwd, env = process.env, say, signal }) {
  mkdirSync(logDir, { recursive: true })
  const logFile = join(logDir, `${name}.log`)
  const log = createWriteStream(logFile)
  return new Promise((resolve, reject) => {
    let all = ''
    let out = ''
    const child = spawn(command, args, { cwd, env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' }, stdio: ['ignore', 'pipe', 'pipe'], signal })
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      log.write(chunk)
      all = (all + chunk).slice(-200_000)
      const last = chunk
        .toString()
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1)
      if (last && say) say(last.trim())
    }
    child.stdout.on('data', (chunk) => {
      out += chunk
      take(chunk)
    })
    child.stderr.on('data', take)
    child.on('error', (error) => log.end(() => reject(new SetupError(`${command} could not be run: ${error.message}`))))
    child.on('close', (code, signal) => {
      log.end(() => {
        if (code === 0) return resolve(out)
        const what = `${command} ${args.join(' ')} ended with ${signal ?? code}. All of its output: ${logFile}`
        reject(new SetupError([endOf(all), what, adviceFor(all)].filter(Boolean).join('\n')))
      })
    })
  })
}

/**
 * The part of a failed program's output that says why: for npm the beginning of its errors, else the end.
 * @param {string} output
 */
function endOf(output) {
  const lines = output.trimEnd().split('\n')
  const npmErrors = lines.filter((line) => line.startsWith('npm error'))
  if (npmErrors.length > 0) return npmErrors.slice(0, ERROR_LINES).join('\n')
  // A stack and what comes after it is worth more than the help text before it.
  const thrown = lines.findLastIndex((line) => /^\w*Error: /.test(line))
  return (thrown >= 0 ? lines.slice(thrown, thrown + ERROR_LINES) : lines.slice(-TAIL_LINES)).join('\n')
}

/**
 * What to do about the usual causes, read from a program's output.
 * @param {string} output
 */
export function adviceFor(output) {
  if (/ENOSPC|No space left on device|not enough free space/i.test(output)) return 'The disk is full: free about 2 GB, then run the same command again.'
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|Could not resolve host|Temporary failure resolving/i.test(output)) {
    return 'The network is not reachable from here: check the connection (and HTTPS_PROXY, and the npm registry, when you use them), then run the same command again.'
  }
  if (/npm ci.*in sync/.test(output)) return 'package-lock.json does not match the package.json files: run `npm install` and commit the lock file.'
  if (/EACCES|Permission denied/i.test(output))
    return 'Files of this folder belong to another user: give them to yourself (chown), then run the same command again.'
  return ''
}
