/** A real LiveKit server on loopback, with a key and ports of its own, that tests stop, kill, freeze and start again. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '@tandem/server'
import { RoomServiceClient } from 'livekit-server-sdk'
import { writeConfig } from '../../packages/server/src/rooms/engineConfig.ts'
import { findLiveKit } from '../../packages/server/src/rooms/findLiveKit.ts'
import { freeTcpPort, freeUdpPort } from '../../packages/server/src/rooms/ports.ts'

const START_LIMIT_MS = 20_000
const ASK_MS = 50

// `npm test` builds it beside the tests: whoever needs it waits here, where no test's time runs.
const building = process.env['TANDEM_TEST_LIVEKIT_BUILDING']
while (building !== undefined && existsSync(building)) await sleep(ASK_MS)

/** The program, as the product finds it. @throws Error when it is not there: `npm test` builds it */
export function livekitProgram(): string {
  const program = findLiveKit(process.env['TANDEM_LIVEKIT_BIN'])
  if (program === null) throw new Error('livekit-server is not there: `npm test` builds it, which needs Go (https://go.dev/dl)')
  return program
}

/** For `startTestServer`: it runs its own LiveKit server. */
export function ownLiveKit(): Config['livekit'] {
  return { own: 'auto', bin: livekitProgram(), port: undefined, elsewhere: undefined }
}

export interface LiveKit extends AsyncDisposable {
  /** `ws://127.0.0.1:<port>`. */
  readonly url: string
  readonly apiKey: string
  readonly apiSecret: string
  /** For `startTestServer`: rooms are on this one, instead of an own one. */
  readonly config: Config['livekit']
  /** The body of POST /v1/nodes/register. */
  registration(id: string): { node_id: string; livekit: { api_key: string; api_secret: string; ws_url: string } }
  /** LiveKit's own API. */
  readonly api: RoomServiceClient
  readonly pid: number
  /** In good order: who is in a room is told. */
  stop(): Promise<void>
  /** SIGKILL: nobody is told. */
  kill(): Promise<void>
  /** It is there, but answers nothing. */
  freeze(): void
  thaw(): void
  /** Again, on the same ports and with the same key. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Resolves when it answers. */
export async function startLiveKit(): Promise<LiveKit> {
  const program = livekitProgram()
  const folder = mkdtempSync(join(tmpdir(), 'tandem-livekit-'))
  const file = join(folder, 'config.json')
  const credentials = { apiKey: `API${randomBytes(6).toString('hex')}`, apiSecret: randomBytes(32).toString('hex') }
  const ports = { signal: await freeTcpPort(), media: await freeUdpPort() }
  await writeConfig(file, credentials, ports, { host: '127.0.0.1', publicAddress: undefined, stunUrls: [] })
  const url = `ws://127.0.0.1:${ports.signal}`
  let child: ChildProcess | null = null

  const start = async (): Promise<void> => {
    const started = spawn(program, ['--config', file], { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    let log = ''
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)))
    const until = performance.now() + START_LIMIT_MS
    while (!(await answers(url))) {
      if (started.exitCode !== null || performance.now() > until) throw new Error(`livekit-server did not start:\n${log}`)
      await sleep(ASK_MS)
    }
  }
  const end = async (...signals: NodeJS.Signals[]): Promise<void> => {
    const ending = child
    child = null
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
    // One that is frozen takes nothing but SIGKILL.
    for (const signal of signals) {
      ending.kill(signal)
      if ((await Promise.race([gone.then(() => 'gone'), sleep(signal === 'SIGKILL' ? START_LIMIT_MS : 500)])) === 'gone') return
    }
  }
  const close = async (): Promise<void> => {
    await end('SIGTERM', 'SIGINT', 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  await start()
  return {
    url,
    ...credentials,
    config: { own: 'off', bin: undefined, port: undefined, elsewhere: { url, ...credentials } },
    registration: (id) => ({ node_id: id, livekit: { api_key: credentials.apiKey, api_secret: credentials.apiSecret, ws_url: url } }),
    api: new RoomServiceClient(url.replace('ws', 'http'), credentials.apiKey, credentials.apiSecret, { requestTimeout: 5 }),
    get pid() {
      return child?.pid ?? 0
    },
    // The second signal means that participants are not waited for.
    stop: () => end('SIGTERM', 'SIGINT', 'SIGKILL'),
    kill: () => end('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    start,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url.replace('ws', 'http'), { signal: AbortSignal.timeout(1_000) }).catch(() => null)
  return answer?.ok === true
}
