/**
 * The product as users run it: a server process of its own on a free port with an empty data folder,
 * driven over REST. Owns the process and the folder; measures nothing.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AgentSession, CreateSession, LiveKitInfo } from '@tandem/protocol'
import { commandOf, processTree } from './cpu.ts'

const API_KEY = 'tandem_key_of_the_bench_0000000000'
const START_TIMEOUT_MS = 20_000
const MAIN = new URL('../packages/server/src/main.ts', import.meta.url).pathname

type ProcessTree = ReturnType<typeof processTree>

/** A session with the URLs that an API key gets. */
export interface OpenSession {
  id: string
  liveUrl: string
  cdpUrl: string
  /** Process id of the session's Chromium. */
  chromium: number
}

export interface ProductOptions {
  /** Settings beside those of the bench. */
  env?: Readonly<Record<string, string>>
  /** Arguments in front of the server's command, to run it on another host: `[program, ...args]`. */
  through?: readonly string[]
}

export class Product {
  readonly #child: ChildProcess
  readonly #dataDir: string
  readonly url: string

  private constructor(child: ChildProcess, dataDir: string, url: string) {
    this.#child = child
    this.#dataDir = dataDir
    this.url = url
  }

  static async start(chromium: string, options: ProductOptions = {}): Promise<Product> {
    const dataDir = mkdtempSync(join(tmpdir(), 'tandem-bench-'))
    const env = {
      ...process.env,
      TANDEM_PORT: '0',
      TANDEM_MAX_SESSIONS: '50',
      TANDEM_API_KEY: API_KEY,
      TANDEM_DATA_DIR: dataDir,
      TANDEM_LOG_LEVEL: 'error',
      CHROMIUM_PATH: chromium,
      ...options.env,
    }
    const [program = process.execPath, ...through] = [...(options.through ?? []), process.execPath]
    const child = spawn(program, [...through, '--conditions=source', MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    // A run that is interrupted leaves no server behind, nor the browsers that end with it.
    process.once('exit', () => child.kill('SIGTERM'))
    try {
      const url = await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`The server printed no link within ${START_TIMEOUT_MS} ms.`)), START_TIMEOUT_MS)
        createInterface({ input: child.stdout }).on('line', (line) => {
          const link = /https?:\/\/\S+/.exec(line)?.[0]
          if (link) resolve(new URL(link).origin)
          clearTimeout(timer)
        })
        child.once('exit', (code) => reject(new Error(`The server ended with code ${code}.`)))
      })
      return new Product(child, dataDir, url)
    } catch (error) {
      child.kill('SIGKILL')
      rmSync(dataDir, { recursive: true, force: true })
      throw error
    }
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The server has no process.')
    return pid
  }

  async create(body: CreateSession): Promise<OpenSession> {
    const session = await this.#request<AgentSession>('POST', '/v1/agent-sessions', body)
    // A browser of the pool was there before: the profile folder has the session's name.
    const chromium = this.#children().find((pid) => commandOf(pid).includes(session.id))
    if (!session.live || !session.cdp || chromium === undefined) throw new Error(`Session ${session.id} has no browser.`)
    return { id: session.id, liveUrl: session.live.ws_url, cdpUrl: session.cdp.ws_url, chromium }
  }

  /** Join info for the room of a session, as any LiveKit client gets it. */
  async joinRoom(session: OpenSession): Promise<LiveKitInfo> {
    return await this.#request<LiveKitInfo>('POST', `/v1/agent-sessions/${session.id}/livekit-token`)
  }

  /** Its own LiveKit server. */
  liveKitTree(): ProcessTree {
    const pid = this.#children().find((child) => commandOf(child).includes('livekit-server'))
    if (pid === undefined) throw new Error('The server runs no LiveKit server.')
    return processTree(pid)
  }

  async close(session: OpenSession): Promise<void> {
    await this.#request('DELETE', `/v1/agent-sessions/${session.id}`)
  }

  /** The server itself, without its browsers and its LiveKit server. */
  serverTree(): ProcessTree {
    return processTree(this.pid, this.#children())
  }

  /** Ends the server; its browsers end with it. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await gone
    rmSync(this.#dataDir, { recursive: true, force: true })
  }

  /** Browsers, and the LiveKit server. */
  #children(): number[] {
    return processTree(this.pid)
      .filter(({ parent }) => parent === this.pid)
      .map(({ pid }) => pid)
  }

  async #request<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${API_KEY}`, ...(body && { 'content-type': 'application/json' }) }
    const response = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    // The server's own schema promises it.
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
}
