/** LiveKit, for rooms: found and started for a moment, or asked where it runs elsewhere. Without one everything but rooms works. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'
import { Engine } from '../rooms/engine.ts'
import { findLiveKit } from '../rooms/findLiveKit.ts'
import { reasonOf, RoomService } from '../rooms/roomService.ts'
import { fail, ok, warn, within } from './finding.ts'
import type { Finding } from './finding.ts'

const CHECK = 'livekit'
const START_MS = 10_000

/** @param running a server runs already: its LiveKit server has the port of TANDEM_LIVEKIT_PORT */
export async function checkLiveKit({ livekit, host, publicAddress, ice }: Config, running: boolean): Promise<Finding> {
  const { elsewhere, own, bin, port } = livekit
  if (elsewhere !== undefined) return checkElsewhere(elsewhere)
  if (own === 'off') return ok(CHECK, 'off (TANDEM_LIVEKIT); rooms are on registered LiveKit servers alone')
  const program = findLiveKit(bin)
  if (program === null)
    return warn(
      CHECK,
      bin === undefined ? 'no LiveKit server is on this machine; everything but rooms works' : `there is no program at ${bin}`,
      'Start once by `npm start` with Go installed (https://go.dev/dl), put `livekit-server` on PATH, or set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
    )
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-doctor-'))
  const mediaPort = running ? undefined : port
  const engine = new Engine({ dataDir, host, publicAddress, stunUrls: ice.stunUrls, program, mediaPort, log: createLog('silent') })
  try {
    await within(START_MS, engine.start())
    if (engine.problem !== null)
      return fail(CHECK, `${program} does not start: ${engine.problem}`, 'Free its port, or set another TANDEM_LIVEKIT_PORT; run it by hand to see more.')
    return ok(CHECK, `${program} starts${port === undefined ? '' : `, with its pictures on port ${port} (UDP and TCP)`}`)
  } finally {
    await engine.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function checkElsewhere(access: NonNullable<Config['livekit']['elsewhere']>): Promise<Finding> {
  try {
    await new RoomService(access).rooms()
    return ok(CHECK, `${access.url} answers and takes the key`)
  } catch (error) {
    return fail(CHECK, `${access.url}: ${reasonOf(error)}`, 'Correct LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or see that it runs.')
  }
}
