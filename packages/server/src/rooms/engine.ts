/**
 * Our own LiveKit server: a child on loopback, started when its program is there, started again when it dies, with the
 * same ports and key so that clients come back, ended with us, however we end (`endWithUs.ts`). It knows no rooms and no sessions; `nodes.ts` uses it.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { forgetProcess, rememberProcess } from '@tandem/browser'
import type { Logger } from '../log.ts'
import { endWithUs } from './endWithUs.ts'
import { readCredentials, writeConfig } from './engineConfig.ts'
import type { Credentials, EngineNetwork, EnginePorts } from './engineConfig.ts'
import { EngineNews } from './engineNews.ts'
import { findLiveKit } from './findLiveKit.ts'
import { freeTcpPort, freeUdpPort } from './ports.ts'

/** How often the program is looked for while it is not there: `npm start` builds it beside the running server. */
const LOOK_MS = 1_000
const READY_LIMIT_MS = 20_000
const READY_ASK_MS = 50
const BACKOFF_MS = [200, 500, 1_000, 2_000, 5_000, 10_000]
/** One that ran so long was well: the next waits no longer than the first. */
const WELL_MS = 30_000
/** The second signal means that participants are not waited for. */
const FORCE_MS = 100
const STOP_LIMIT_MS = 2_000

export interface EngineOptions extends EngineNetwork {
  dataDir: string
  /** TANDEM_LIVEKIT_BIN. */
  program: string | undefined
  /** TANDEM_LIVEKIT_PORT; undefined: any. */
  mediaPort: number | undefined
  log: Logger
}

export class Engine {
  /** `changed`: it is up, or no longer: look at `problem`. `moved`: somebody came into a room, or left one. */
  readonly events = new EventEmitter<{ changed: []; moved: [] }>()
  readonly #options: EngineOptions
  readonly #folder: string
  readonly #log: Logger
  readonly #stop = new AbortController()
  #credentials: Credentials | null = null
  #ports: EnginePorts | null = null
  #child: ChildProcess | null = null
  #news: EngineNews | null = null
  #problem: string | null = 'it has not been started yet'
  #missing = false
  #running: Promise<void> | null = null

  constructor(options: EngineOptions) {
    this.#options = options
    this.#folder = join(options.dataDir, 'livekit')
    this.#log = options.log.child({ part: 'livekit' })
  }

  /** Why it cannot be used, for people; null while it is up. */
  get problem(): string | null {
    return this.#problem
  }

  /** Its program is nowhere on this machine. */
  get missing(): boolean {
    return this.#missing
  }

  /** The process; null while there is none. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** `ws://127.0.0.1:<port>`; null before its first start. */
  get url(): string | null {
    return this.#ports === null ? null : `ws://127.0.0.1:${this.#ports.signal}`
  }

  get credentials(): Credentials | null {
    return this.#credentials
  }

  /** Keeps it running from now on. Resolves when it is up, or when it is clear that it will not be soon. */
  async start(): Promise<void> {
    const settled = new Promise<void>((resolve) => this.events.once('changed', resolve))
    this.#running ??= this.#keep().catch((error: unknown) => this.#down(`it cannot be run: ${wordsOf(error)}`))
    await settled
  }

  /** Ends the child, which is started again at once. */
  restart(): void {
    if (this.#child) void this.#end(this.#child)
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#news?.close()
  }

  async #keep(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    this.#news = await EngineNews.listen()
    this.#news.events.on('moved', () => this.events.emit('moved'))
    let failures = 0
    while (!this.#stop.signal.aborted) {
      const program = findLiveKit(this.#options.program)
      this.#missing = program === null
      if (program === null) {
        this.#down('the program `livekit-server` is not on this machine (yet)')
        await this.#pause(LOOK_MS)
        continue
      }
      const since = performance.now()
      // Ports that another program took meanwhile are given up.
      if (failures > 1) this.#ports = null
      const wasUp = await this.#run(program)
      if (this.#stop.signal.aborted) return
      failures = wasUp ? 0 : failures + 1
      const well = wasUp && performance.now() - since > WELL_MS
      await this.#pause(BACKOFF_MS[well ? 0 : Math.min(failures, BACKOFF_MS.length - 1)] ?? 0)
    }
  }

  /** One life of the child. Resolves when it has ended: whether it was ever ready. */
  async #run(program: string): Promise<boolean> {
    const config = join(this.#folder, 'config.json')
    const credentials = (this.#credentials ??= await readCredentials(config))
    const ports = (this.#ports ??= { signal: await freeTcpPort(), media: this.#options.mediaPort ?? (await freeUdpPort()) })
    await writeConfig(config, credentials, ports, { ...this.#options, newsUrl: this.#news?.url })
    // A group of its own: a Ctrl-C in the terminal is for us, and we end it in good order.
    const child = spawn(program, ['--config', config], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#child = child
    let last = ''
    const said = (line: string): void => {
      last = this.#tell(line, credentials)
    }
    listen(child.stdout, said)
    listen(child.stderr, said)
    let failure: string | null = null
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        failure = `it ended by itself (${signal ?? `code ${code}`}${last === '' ? '' : `; it said: ${last}`})`
        resolve()
      })
      child.once('error', (error) => {
        failure = `it cannot be run: ${error.message}`
        resolve()
      })
    })
    const onStop = (): void => void this.#end(child)
    this.#stop.signal.addEventListener('abort', onStop)
    const guard = child.pid === undefined ? null : endWithUs(child.pid)
    void ended.then(() => guard?.())
    if (child.pid !== undefined) await rememberProcess(this.#folder, child.pid)
    const ready = await Promise.race([this.#becomesReady(`http://127.0.0.1:${ports.signal}/`), ended.then(() => false)])
    if (ready) this.#up()
    else if (failure === null) {
      failure = `it did not answer within ${READY_LIMIT_MS / 1_000} s`
      void this.#end(child)
    }
    if (this.#stop.signal.aborted) void this.#end(child)
    await ended
    this.#stop.signal.removeEventListener('abort', onStop)
    this.#child = null
    await forgetProcess(this.#folder)
    this.#down(failure ?? 'it ended')
    return ready
  }

  async #becomesReady(url: string): Promise<boolean> {
    const until = performance.now() + READY_LIMIT_MS
    while (performance.now() < until && !this.#stop.signal.aborted) {
      const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null)
      if (answer?.ok) return true
      await this.#pause(READY_ASK_MS)
    }
    return false
  }

  async #end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGINT'), FORCE_MS)
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await gone
    clearTimeout(force)
    clearTimeout(kill)
  }

  #up(): void {
    this.#problem = null
    this.#log.info({ url: this.url }, 'the LiveKit server is up')
    this.events.emit('changed')
  }

  #down(problem: string): void {
    const isNews = this.#problem !== problem
    this.#problem = problem
    if (!this.#stop.signal.aborted && !this.#missing) this.#log.warn(`the LiveKit server is down: ${problem}`)
    if (isNews) this.events.emit('changed')
  }

  /** A line of the child, in our log. Answers with its text. */
  #tell(line: string, { apiSecret }: Credentials): string {
    const text = messageOf(line)
      .replaceAll(apiSecret, '…')
      .replace(/(access_token=|Bearer )[^\s&"]+/g, '$1…')
    this.#log.debug(text)
    return text
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }
}

function listen(stream: Readable | null, said: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', said)
}

/** Its log is JSON; what it says before it has read its configuration is not. */
function messageOf(line: string): string {
  try {
    const { msg, error } = JSON.parse(line) as { msg?: unknown; error?: unknown }
    return [msg, error].filter((part) => typeof part === 'string').join(': ')
  } catch {
    return line
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
