/** The machine itself: Node, cores and memory, the UDP ports of the pictures, the port of the server, the clock. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { availableParallelism, networkInterfaces, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { fail, ok, warn, within, wordsOf } from './finding.ts'
import type { Finding } from './finding.ts'

const NODE_MAJOR = 24
const MIN_MEMORY_GB = 1.5
const SMALL_DRIFT_MS = 100
const CLOCK_SAMPLE_MS = 1_000
/** Of a wide range so many ports are tried. */
const PORTS_TRIED = 32
const ECHO_MS = 2_000

export function checkNode(): Finding {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= NODE_MAJOR) return ok('node', `Node ${node}`)
  return fail('node', `Node ${node}`, `Install Node ${NODE_MAJOR} or newer, or start by \`npm start\`, which brings one.`)
}

export function checkSize(): Finding {
  const cores = availableParallelism()
  const memory = totalmem() / 2 ** 30
  const saw = `${cores} ${cores === 1 ? 'core' : 'cores'}, ${memory.toFixed(1)} GB of memory`
  if (cores < 2 || memory < MIN_MEMORY_GB)
    return warn('machine', saw, 'One session at 60 frames a second takes about a core and 500 MB: give the machine two cores and 2 GB.')
  return ok('machine', saw)
}

/** Binds ports of the range and sends a datagram from one to another. */
export async function checkUdp(range: string | undefined): Promise<Finding> {
  const [low = 0, high = 0] = range?.split('-').map(Number) ?? []
  const count = range === undefined ? 2 : Math.min(high - low + 1, PORTS_TRIED)
  const step = range === undefined ? 0 : Math.max(1, Math.floor((high - low + 1) / count))
  const opened = await Promise.all(Array.from({ length: count }, (_, index) => bind(low + index * step).catch(() => null)))
  const sockets = opened.flatMap((socket) => socket ?? [])
  try {
    const where = range === undefined ? 'any port' : `ports ${range}`
    const [first, second] = sockets
    if (!first || (!second && count > 1)) return fail('udp', `no UDP socket could be opened on ${where}`, 'Free these ports, or set another TANDEM_UDP_PORTS.')
    await within(ECHO_MS, echo(first, second ?? first))
    if (sockets.length < count)
      return warn(
        'udp',
        `${count - sockets.length} of ${count} tried ${where} are taken`,
        'A running server takes some; if it is none of ours, set another TANDEM_UDP_PORTS.',
      )
    return ok(
      'udp',
      range === undefined
        ? 'datagrams pass; any port is used, so a firewall must let all of UDP in, or set TANDEM_UDP_PORTS'
        : `datagrams pass on ${where}; a firewall must let them in and out, and ${high - low + 1} viewers can have one each`,
    )
  } catch (error) {
    return fail('udp', `datagrams do not pass on loopback: ${wordsOf(error)}`, 'Look at the firewall of this machine.')
  } finally {
    for (const socket of sockets) socket.close()
  }
}

type UdpSocket = ReturnType<typeof createSocket>

function bind(port: number): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.bind(port, '127.0.0.1', () => resolve(socket))
  })
}

async function echo(from: UdpSocket, to: UdpSocket): Promise<void> {
  const arrived = new Promise<void>((resolve) => to.once('message', () => resolve()))
  from.send('tandem', to.address().port, '127.0.0.1')
  await arrived
}

/** Free, or taken by a server of ours. */
export async function checkPort({ host, port, tls }: Pick<Config, 'host' | 'port' | 'tls'>): Promise<Finding & { running: boolean }> {
  const check = 'port'
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve))
    return { ...ok(check, port === 0 ? 'any free port is taken' : `${host}:${port} is free`), running: false }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : wordsOf(error)
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
    if (code === 'EADDRINUSE' && (await isTandem(`${tls ? 'https' : 'http'}://${name}:${port}`)))
      return { ...ok(check, `a Tandem server runs on ${host}:${port}`), running: true }
    const fix =
      code === 'EADDRINUSE'
        ? 'Stop what uses it, or set another TANDEM_PORT.'
        : 'Set TANDEM_HOST to an address of this machine, and TANDEM_PORT to one above 1023 where you are not root.'
    return { ...fail(check, `cannot listen on ${host}:${port} (${code})`, fix), running: false }
  } finally {
    server.close()
  }
}

async function isTandem(url: string): Promise<boolean> {
  try {
    const answer: unknown = await (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).json()
    return typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 'ok'
  } catch (error) {
    // Its certificate is of another name: checked elsewhere.
    return /certificate|altname/i.test(wordsOf(error))
  }
}

/** Is the clock steady, and does it agree with another machine's? `elsewhere` answers with its time, ms since the epoch; null: nobody to ask. */
export async function checkClock(elsewhere: (() => Promise<{ who: string; at: number } | null>) | null): Promise<Finding> {
  const [wall, steady] = [Date.now(), performance.now()]
  await sleep(CLOCK_SAMPLE_MS)
  const drift = Math.abs(Date.now() - wall - (performance.now() - steady))
  if (drift > SMALL_DRIFT_MS)
    return warn(
      'clock',
      `the clock jumped ${Math.round(drift)} ms within a second`,
      'Run one time service (chrony, systemd-timesyncd) that slews instead of stepping.',
    )
  const other = await elsewhere?.().catch(() => null)
  if (!other) return ok('clock', 'steady; there was no other clock to compare it with')
  const apart = Math.abs(Date.now() - other.at) / 1_000
  const saw = `steady, and ${apart < 2 ? 'agrees with' : `${Math.round(apart)} s away from`} the clock of ${other.who}`
  if (apart < 5) return ok('clock', saw)
  const fix = 'Run a time service on both machines: tokens and TURN credentials are valid by the clock.'
  return apart < 60 ? warn('clock', saw, fix) : fail('clock', saw, fix)
}

/** Whether viewers outside can reach the pictures of this machine at all. */
export function checkAddress({ host, publicAddress, ice }: Pick<Config, 'host' | 'publicAddress' | 'ice'>): Finding {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).flatMap(({ internal, address }) => (internal ? [] : [address])))
  const isPrivate = (address: string): boolean =>
    /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cde]/i.test(address)
  const shown = addresses.length === 0 ? 'none but loopback' : addresses.join(', ')
  if (publicAddress !== undefined) return ok('address', `${shown}; told to viewers as ${publicAddress} too`)
  const reachable = addresses.some((address) => !isPrivate(address)) || ice.turnUrls.length > 0
  const onlyLocal = host.startsWith('127.') || host === '::1' || host === 'localhost'
  if (reachable || onlyLocal) return ok('address', shown)
  return warn(
    'address',
    `${shown}: private addresses alone`,
    'For viewers on other networks set TANDEM_PUBLIC_ADDRESS (1:1 NAT) or a TURN server; without, they watch over the WebSocket.',
  )
}
