/**
 * The peer: agent-browser from npm, started as its documentation says, with the same Chromium, a viewport of
 * 1280x720 and its own WebSocket stream. Sockets and state are kept in a folder of our own, so that a user's
 * sessions are left alone. Owns its daemon; measures nothing. https://agent-browser.dev/streaming
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { processTree } from './cpu.ts'

const CLI = new URL('../node_modules/.bin/agent-browser', import.meta.url).pathname
const SESSION = 'bench'
/** Its daemon outlives an interrupted run, but not for long. */
const IDLE_TIMEOUT_MS = 300_000
const run = promisify(execFile)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port.')
  return address.port
}

export class Peer {
  readonly #env: NodeJS.ProcessEnv
  readonly #dir: string
  readonly #port: number

  private constructor(dir: string, port: number, env: NodeJS.ProcessEnv) {
    this.#dir = dir
    this.#port = port
    this.#env = env
  }

  static async start(chromium: string, url: string): Promise<Peer> {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-bench-peer-'))
    const port = await freePort()
    const peer = new Peer(dir, port, {
      ...process.env,
      AGENT_BROWSER_SOCKET_DIR: dir,
      AGENT_BROWSER_SESSION: SESSION,
      AGENT_BROWSER_EXECUTABLE_PATH: chromium,
      AGENT_BROWSER_STREAM_PORT: String(port),
      AGENT_BROWSER_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
      ...(process.getuid?.() === 0 && { AGENT_BROWSER_ARGS: '--no-sandbox' }),
    })
    try {
      await peer.open(url)
      await peer.#command('set', 'viewport', '1280', '720')
    } catch (error) {
      await peer.stop()
      throw error
    }
    return peer
  }

  async open(url: string): Promise<void> {
    await this.#command('open', url)
  }

  /** Its stream: frames are pushed as they come, or, with `ack`, one at a time. */
  streamUrl(pacing: 'push' | 'ack' = 'push'): string {
    return `ws://127.0.0.1:${this.#port}/${pacing === 'ack' ? '?pacing=ack' : ''}`
  }

  /** Daemon and browser together: between them they do what our source and server do. */
  tree(): ReturnType<typeof processTree> {
    return processTree(Number(readFileSync(join(this.#dir, `${SESSION}.pid`), 'utf8')))
  }

  async version(): Promise<string> {
    return (await run(CLI, ['--version'], { env: this.#env })).stdout.trim()
  }

  async stop(): Promise<void> {
    await this.#command('close').catch((error: unknown) => console.error(`  peer: ${String(error)}`))
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #command(...args: string[]): Promise<string> {
    return (await run(CLI, args, { env: this.#env, timeout: 60_000 })).stdout
  }
}
