/** A Tandem server for tests: in this process on any free port, or as a process of its own for signals and memory. Its data directory goes with it unless the test brings one. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentSession, CreateSession } from '@tandem/protocol'
import { loadConfig, startServer } from '@tandem/server'
import type { Config } from '@tandem/server'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START_LIMIT_MS = 30_000

export interface Answer {
  status: number
  headers: Headers
  /** Parsed JSON, or the text; as loose as JSON.parse itself, since each test looks at what it expects. */
  body: ReturnType<typeof JSON.parse>
}

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly apiKey: string
  readonly loginUrl: string
  readonly dataDir: string
  /** A request with the API key, or with `token`; `token: null` for none. */
  request(
    method: string,
    path: string,
    options?: { body?: unknown; token?: string | null; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Answer>
  create(body?: CreateSession): Promise<AgentSession & { cdp: { ws_url: string }; live: { ws_url: string }; view_url: string }>
  close(): Promise<void>
}

/** Without a LiveKit server, unless the test asks for one. */
export const NO_ROOMS = { own: 'off', bin: undefined, port: undefined, elsewhere: undefined } as const

/** In this process. */
export async function startTestServer(overrides: Partial<Config> = {}): Promise<TestServer> {
  const dataDir = overrides.dataDir ?? (await mkdtemp(join(tmpdir(), 'tandem-server-')))
  const server = await startServer(loadConfig({}, { port: 0, logLevel: 'silent', livekit: NO_ROOMS, ...overrides, dataDir }))
  return testServer({
    ...server,
    dataDir,
    close: async () => {
      await server.close()
      if (overrides.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  })
}

export interface ServerProcess extends TestServer {
  readonly child: ChildProcess
  readonly pid: number
  /** All that came on standard output and standard error so far. */
  stdout(): string
  stderr(): string
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>
}

/** As a process, like `npm start` runs it. */
export async function spawnServer(
  options: { dataDir?: string; env?: Record<string, string>; /** A command in front, such as `ip netns exec <host>`. */ through?: readonly string[] } = {},
): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tandem-process-')))
  const [program = process.execPath, ...args] = [
    ...(options.through ?? []),
    process.execPath,
    ...['--conditions=source', '--disable-warning=ExperimentalWarning', 'packages/server/src/main.ts'],
  ]
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, TANDEM_PORT: '0', TANDEM_LOG_LEVEL: 'warn', TANDEM_LIVEKIT: 'off', TANDEM_DATA_DIR: dataDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  const loginUrl = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server printed no link: ${stderr}`)), START_LIMIT_MS)
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      const [line, rest] = stdout.split('\n')
      if (rest === undefined || line === undefined) return
      clearTimeout(timer)
      resolve(line)
    })
    void exited.then(({ code }) => reject(new Error(`the server ended with ${code}: ${stderr}`)))
  })
  const kill: ServerProcess['kill'] = async (signal) => {
    const started = performance.now()
    child.kill(signal)
    return { ...(await exited), ms: performance.now() - started }
  }
  const base = testServer({
    url: new URL(loginUrl).origin,
    loginUrl,
    apiKey: options.env?.['TANDEM_API_KEY'] ?? (await readFile(join(dataDir, 'api-key'), 'utf8')).trim(),
    dataDir,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGTERM')
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  })
  if (child.pid === undefined) throw new Error('the server has no process id')
  return { ...base, child, pid: child.pid, stdout: () => stdout, stderr: () => stderr, kill }
}

/** Ids of the Chromium processes that use this data directory. */
export function chromiumsOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return command.includes(dataDir) && /chrom/i.test(command)
      } catch {
        return false
      }
    })
    .map(Number)
}

function testServer(server: { url: string; apiKey: string; loginUrl: string; dataDir: string; close(): Promise<void> }): TestServer {
  const request: TestServer['request'] = async (method, path, { body, token = server.apiKey, headers = {}, signal } = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
      signal,
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text }
  }
  return {
    ...server,
    request,
    async create(body = {}) {
      const answer = await request('POST', '/v1/agent-sessions', { body })
      if (answer.status !== 201) throw new Error(`no session: ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    [Symbol.asyncDispose]: server.close,
  }
}
