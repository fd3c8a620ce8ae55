/** The crowd of crowd.go as a process: built once by Go, told who joins, asked what came. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const READY_MS = 60_000

export interface CrowdCount {
  /** Those that have had a packet of video. */
  viewers: number
  packets: number
  bytes: number
  seconds: number
}

export interface RoomCrowd extends Disposable {
  /** Resolves when this one has its first packet of video. */
  add(token: string): Promise<void>
  /** What came since the last call. */
  count(): Promise<CrowdCount>
}

/** `server`: the LiveKit server's URL. Throws where there is no Go. */
export function startRoomCrowd(server: string): RoomCrowd {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-crowd-'))
  const program = join(folder, 'crowd')
  const engine = new URL('../../engines/livekit', import.meta.url).pathname
  execFileSync('go', ['build', '-C', engine, '-o', program, new URL('./crowd.go', import.meta.url).pathname], { stdio: ['ignore', 'inherit', 'inherit'] })
  const child = spawn(program, [server], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const answer = async (question: string): Promise<string> => {
    const line = once(lines, 'line', { signal: AbortSignal.timeout(READY_MS) })
    child.stdin.write(`${question}\n`)
    const [text] = await line
    return String(text)
  }
  return {
    add: async (token) => void (await answer(token)),
    // Made by crowd.go.
    count: async () => JSON.parse(await answer('count')) as CrowdCount,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
