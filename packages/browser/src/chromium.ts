/**
 * The process of one Chromium: its flags, its start, its end, and what a killed server left behind.
 * Speaks CDP only to see that Chromium answers; what happens inside is the work of `browser.ts`.
 * The process leads a group of its own, so that renderers and helpers end with it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { rm, statfs } from 'node:fs/promises'
import { Readable, Writable } from 'node:stream'
import { TandemError } from '@tandem/protocol'
import { Connection } from './connection.ts'
import { findChromium } from './findChromium.ts'
import { PipeTransport } from './pipe.ts'
import { writePreferences } from './preferences.ts'
import { forgetProcess, rememberProcess } from './processFile.ts'

const LAUNCH_TIMEOUT_MS = 20_000
/** Of the 2 s that a close may take, how long Chromium may use to write its profile and leave by itself. */
const POLITE_CLOSE_MS = 1_200
const STDERR_KEPT_CHARS = 4_096
/** Docker gives /dev/shm 64 MB, too little for renderers: then they share memory by files. */
const SHM_NEEDED_BYTES = 512 * 1024 * 1024

const FLAGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-breakpad',
  '--disable-search-engine-choice-screen',
  '--password-store=basic',
  '--use-mock-keychain',
  '--hide-scrollbars',
  // The sound of a tab is captured all the same; only the server's own loudspeaker stays silent. (`--mute-audio` captures silence.)
  '--disable-audio-output',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  // What would wait for a click on a bubble that is not in the picture.
  '--deny-permission-prompts',
  '--disable-popup-blocking',
  '--disable-prompt-on-repost',
  // A page that comes out of this cache tells clients of no load: they wait for one after going back, and turn it off where they launch by themselves.
  '--disable-back-forward-cache',
  // A click or key before the first frame of a page is the page's all the same: else Chromium drops it without a word.
  '--allow-pre-commit-input',
  // As clients launch it by themselves. A redirect to another origin is no abort where requests are intercepted, the page is asked before it
  // is left even where it seems to need no asking, what an agent opens by http stays http, and history is not slowed down for pages that move in a loop.
  '--disable-features=AvoidCorsURLLoaderRestartOnRedirect,AvoidUnnecessaryBeforeUnloadCheckSync,HttpsUpgrades',
  '--disable-ipc-flooding-protection',
  // A screenshot takes a fifth less time, and half as long the frames in which a part of the page stands for the whole.
  '--enable-features=CDPScreenshotNewSurface',
  '--disable-hang-monitor',
  '--noerrdialogs',
  // Chromium's own window for it is not in the picture: with it a page would be "being printed" until it navigates.
  '--disable-print-preview',
  // What would wait for ever: for a click with a tool that is not in the picture, for a wallet, for a model that never comes.
  '--disable-blink-features=EyeDropperAPI',
  '--disable-features=WebIdentityDigitalCredentials,WebIdentityDigitalCredentialsCreation,TranslationAPI',
  '--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication',
  // It guesses from a finger's last two moves where the finger will be at the next frame, and never takes a wrong guess back. Moves that
  // come over a network are unevenly apart: a drag of 300 px scrolled 119 or 427. The page scrolls as far as the finger went.
  '--disable-features=ResamplingScrollEvents',
  // The address bar's list is a page of its own, with a renderer of its own: 40 MB and half of the CPU of a start, for a bar that nobody sees.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
  // Where somebody is attached to a page by its own target, as we are, Chromium prerenders nothing and would fetch the page ahead instead;
  // no answer is told of what was fetched ahead, and Puppeteer's navigations wait for one.
  '--disable-features=Prerender2FallbackPrefetchSpecRules',
] as const

/** What configures the server, its keys above all, is nothing to a browser that opens pages of strangers. */
const SERVER_VARIABLES = /^(TANDEM|TURN|STUN|LIVEKIT|DATABASE)_/

export interface ChromiumOptions {
  /** Absent: found by `findChromium`. */
  executablePath?: string
  /** Folder of the profile; made when absent, removed by `close` unless `keepProfile` is set. */
  profileDir: string
  keepProfile?: boolean
  /** How long Chromium may take at its end to write its profile and leave by itself, ms; absent: as long as a close of 2 s allows. */
  politeCloseMs?: number
  /** CSS pixels of the window. */
  windowSize?: { width: number; height: number }
  /** More flags; `--enable-features` and the like are merged with ours. */
  flags?: readonly string[]
  /** Told once per launch about things an operator should know. */
  warn?: (message: string) => void
}

export interface ChromiumExit {
  code: number | null
  signal: string | null
  /** The end of what Chromium wrote to standard error. */
  stderr: string
}

export class Chromium {
  readonly connection: Connection
  readonly pid: number
  /** As `Chrome/156.0.7300.1`. */
  readonly version: string
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<ChromiumExit>
  readonly #options: ChromiumOptions
  #closing: Promise<void> | undefined

  private constructor(connection: Connection, pid: number, version: string, exited: Promise<ChromiumExit>, options: ChromiumOptions) {
    this.connection = connection
    this.pid = pid
    this.version = version
    this.exited = exited
    this.#options = options
  }

  /** Starts Chromium and waits until it answers. Throws `browser/not-installed` or `browser/launch-failed` with the end of its standard error. */
  static async launch(options: ChromiumOptions): Promise<Chromium> {
    const path = options.executablePath ?? (await findChromium())
    await writePreferences(options.profileDir)
    const { width, height } = options.windowSize ?? { width: 1280, height: 720 }
    const args = mergeFlags([
      ...FLAGS,
      `--user-data-dir=${options.profileDir}`,
      `--window-size=${width},${height}`,
      ...(await machineFlags(options.warn)),
      ...(options.flags ?? []),
    ])
    const child = spawn(path, [...args, 'about:blank'], { detached: true, env: browserEnvironment(), stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] })
    const exited = watch(child)
    const [, , , write, read] = child.stdio
    const { pid } = child
    if (pid === undefined || !(write instanceof Writable) || !(read instanceof Readable)) throw launchFailed(path, await exited)
    await rememberProcess(options.profileDir, pid)
    const connection = new Connection(new PipeTransport(write, read))
    const late = AbortSignal.timeout(LAUNCH_TIMEOUT_MS)
    const failed = Promise.race([
      exited,
      new Promise<string>((resolve) => late.addEventListener('abort', () => resolve(`no answer within ${LAUNCH_TIMEOUT_MS} ms`))),
    ])
    const answer = await Promise.race([connection.root.send('Browser.getVersion').catch(() => failed), failed])
    if (typeof answer === 'object' && 'product' in answer) return new Chromium(connection, pid, answer.product, exited, options)
    killGroup(pid, 'SIGKILL')
    connection.close()
    const exit = await exited
    await remove(options)
    throw launchFailed(path, typeof answer === 'string' ? { ...exit, stderr: `${answer}\n${exit.stderr}` } : exit)
  }

  /** Ends the whole process group within 2 s and removes the profile; safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.connection.root.send('Browser.close').catch(() => {})
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, this.#options.politeCloseMs ?? POLITE_CLOSE_MS)
    await Promise.race([this.exited, late])
    clearTimeout(timer)
    // Also after a polite end: a helper that hangs would hold the profile.
    killGroup(this.pid, 'SIGKILL')
    await this.exited
    this.connection.close()
    await remove(this.#options)
  }
}

/** Signals a process group; false when nothing of it is left. */
export function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

async function remove({ profileDir, keepProfile }: ChromiumOptions): Promise<void> {
  if (keepProfile) return forgetProcess(profileDir)
  // A dying helper may still write: rm tries again by itself.
  await rm(profileDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => forgetProcess(profileDir))
}

function watch(child: ChildProcess): Promise<ChromiumExit> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_CHARS)
  })
  // Chromium complains a lot where no D-Bus runs; that never was the reason.
  const kept = () =>
    stderr
      .split('\n')
      .filter((line) => !line.includes('dbus/'))
      .join('\n')
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, stderr: error.message }))
    child.once('exit', (code, signal) => resolve({ code, signal, stderr: kept() }))
  })
}

function launchFailed(path: string, exit: ChromiumExit): TandemError {
  const how = exit.signal ? `was ended by ${exit.signal}` : exit.code === null ? 'did not start' : `ended with code ${exit.code}`
  return new TandemError('browser/launch-failed', `${path} ${how}. ${exit.stderr.trim()}`.trim(), { exit_code: exit.code, signal: exit.signal })
}

function browserEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !SERVER_VARIABLES.test(name)))
}

async function machineFlags(warn: ((message: string) => void) | undefined): Promise<string[]> {
  const flags: string[] = []
  if (process.getuid?.() === 0) {
    // Chromium refuses to run as root with its sandbox.
    warn?.('Running as root: Chromium runs without its sandbox. Run Tandem as an ordinary user where pages are not trusted.')
    flags.push('--no-sandbox')
  }
  if (process.platform === 'linux') {
    const shm = await statfs('/dev/shm').catch(() => null)
    if (!shm || shm.bsize * shm.blocks < SHM_NEEDED_BYTES) flags.push('--disable-dev-shm-usage')
  }
  return flags
}

/** Chromium keeps the last of several equal switches: lists are joined, other repeats dropped. */
export function mergeFlags(flags: readonly string[]): string[] {
  const joined = new Map<string, string | undefined>()
  for (const flag of flags) {
    const [name = flag, value] = splitFlag(flag)
    const before = joined.get(name)
    const isList = name === '--enable-features' || name === '--disable-features' || name === '--enable-blink-features' || name === '--disable-blink-features'
    joined.set(name, isList && before && value ? `${before},${value}` : value)
  }
  return [...joined].map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
}

function splitFlag(flag: string): [string, string | undefined] {
  const at = flag.indexOf('=')
  return at < 0 ? [flag, undefined] : [flag.slice(0, at), flag.slice(at + 1)]
}
