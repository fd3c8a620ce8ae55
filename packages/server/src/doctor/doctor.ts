/**
 * Finds what is wrong on a machine before anybody is kept waiting by it. Every check stands alone, has a limit of time,
 * changes nothing, and works beside a running server on the same data directory. `tandem doctor` prints what it finds.
 */
import type { Config, Env } from '../config.ts'
import { nearest } from '../nearest.ts'
import { SETTINGS } from '../settings.ts'
import { checkBrowser } from './browserCheck.ts'
import { fail, warn, wordsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkIceServers } from './iceServers.ts'
import { checkLiveKit } from './livekit.ts'
import { checkAddress, checkClock, checkNode, checkPort, checkSize, checkUdp } from './machine.ts'
import { checkDatabase, checkDataDir, databaseTime } from './storage.ts'
import { checkCertificate, checkPublicUrl, httpTime } from './way.ts'

export type { Finding }

/** Variables of ours that are no settings of the server. */
const OTHER_VARIABLES = ['TANDEM_URL', 'TANDEM_CONFIG', 'TANDEM_FFMPEG', 'TANDEM_WEBHOOK_SECRET']

/** Finds one thing after the other; the slow ones, Chromium and the network, run together. */
export async function* examine(config: Config, env: Env): AsyncGenerator<Finding> {
  yield checkNode()
  yield checkSize()
  yield* checkVariables(env)
  const { running, ...port } = await checkPort(config)
  yield port
  const { publicUrl, databaseUrl } = config
  const elsewhere = databaseUrl !== undefined ? () => databaseTime(databaseUrl) : publicUrl !== undefined ? () => httpTime(publicUrl) : null
  // All begin now; they are told in this order.
  const groups = [
    guarded('data directory', checkDataDir(config.dataDir)),
    guarded('database', checkDatabase(config.dataDir, databaseUrl, running)),
    guarded('chromium', checkBrowser(config)),
    guarded('udp', checkUdp(config.udpPorts)),
    guarded('address', checkAddress(config)),
    guarded('turn', checkIceServers(config.ice, config.publicAddress)),
    guarded('livekit', checkLiveKit(config, running)),
    guarded('certificate', checkCertificate(config.tls)),
    guarded('public URL', checkPublicUrl(publicUrl, running)),
    guarded('clock', checkClock(elsewhere)),
  ]
  for (const group of groups) yield* await group
}

/** A check that breaks is a finding too. */
async function guarded(check: string, work: Finding | Finding[] | Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await work].flat()
  } catch (error) {
    return [fail(check, `could not be checked (${wordsOf(error)})`, 'Report it.')]
  }
}

/** A variable with a slip in its name is silently nothing. */
export function checkVariables(env: Env): Finding[] {
  const known = SETTINGS.map(({ env: name }) => name)
  return Object.keys(env)
    .filter((name) => name.startsWith('TANDEM_') && !known.includes(name) && !OTHER_VARIABLES.includes(name))
    .map((name) => warn('environment', `${name} is no setting`, `Did you mean ${nearest(name, known)}?`))
}
