/**
 * The configuration of our own LiveKit server: one JSON file of mode 0600 (YAML reads JSON), so that its secret is on no
 * command line. Key and secret stay over restarts of both: a token of yesterday joins today. Pure but for that file.
 * Names: https://github.com/livekit/livekit/blob/v1.13.5/config-sample.yaml
 */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { z } from 'zod'

export interface Credentials {
  apiKey: string
  /** Secret. */
  apiSecret: string
}

export interface EnginePorts {
  /** Signalling and the API; loopback only, whatever the server listens on. */
  signal: number
  /** Pictures and sound: UDP, and TCP of the same number where viewers may be on other machines. */
  media: number
}

export interface EngineNetwork {
  /** TANDEM_HOST: where its viewers are, the rooms are too. */
  host: string
  /** The machine's address as the internet sees it; undefined: there is no NAT. */
  publicAddress: string | undefined
  stunUrls: readonly string[]
  /** Where it tells who comes and goes; absent: nowhere. */
  newsUrl?: string
}

/** For all viewers together. LiveKit's own half a second is what a newcomer waits who comes right behind another, or whose first key frame came too early. */
const KEY_FRAME_EVERY = '100ms'

const fileSchema = z.object({ keys: z.record(z.string(), z.string().min(32)) })

/** Those of the last time, else new ones. */
export async function readCredentials(file: string): Promise<Credentials> {
  try {
    const { keys } = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    const [first] = Object.entries(keys)
    if (first) return { apiKey: first[0], apiSecret: first[1] }
  } catch {
    // The first start, or a damaged file: what is joined by the old key joins again by the new one.
  }
  return { apiKey: `API${randomBytes(9).toString('hex')}`, apiSecret: randomBytes(32).toString('hex') }
}

export async function writeConfig(file: string, { apiKey, apiSecret }: Credentials, ports: EnginePorts, network: EngineNetwork): Promise<void> {
  const config = {
    port: ports.signal,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      udp_port: ports.media,
      use_external_ip: false,
      enable_loopback_candidate: true,
      stun_servers: stunOf(network, ports),
      pli_throttle: { low_quality: KEY_FRAME_EVERY, mid_quality: KEY_FRAME_EVERY, high_quality: KEY_FRAME_EVERY },
      ...addressesOf(network, ports),
    },
    // Zero is what a screen that is steered wants: viewers show what comes when it comes.
    room: { auto_create: true, empty_timeout: 60, departure_timeout: 20, playout_delay: { enabled: true, min: 0, max: 0 } },
    keys: { [apiKey]: apiSecret },
    ...(network.newsUrl !== undefined && { webhook: { api_key: apiKey, urls: [network.newsUrl] } }),
    logging: { level: 'warn', pion_level: 'error', json: true },
  }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
}

/** Which addresses it tells clients. Loopback is always one: the capture page is on this machine. */
function addressesOf({ host, publicAddress }: EngineNetwork, { media }: EnginePorts): Record<string, unknown> {
  // 0: none. It would listen for TCP on every address of the machine.
  if (isLoopback(host)) return { tcp_port: 0, node_ip: '127.0.0.1', ips: { includes: ['127.0.0.1/32'] } }
  if (publicAddress !== undefined) return { tcp_port: media, node_ip: publicAddress }
  // Without an address of its own it would ask a STUN server on the internet for one; `lite` is for servers that are reached directly.
  const all = isIP(host) === 0 || ['0.0.0.0', '::'].includes(host)
  return { tcp_port: media, use_ice_lite: true, ...(all ? {} : { ips: { includes: [`${host}/${host.includes(':') ? 128 : 32}`, '127.0.0.1/32'] } }) }
}

/** What clients are told to ask. With none LiveKit names Google's: nobody is sent there, so it is an address that says nothing. */
function stunOf({ stunUrls }: EngineNetwork, { signal }: EnginePorts): string[] {
  return stunUrls.length > 0 ? stunUrls.map((url) => url.replace(/^stuns?:/, '')) : [`127.0.0.1:${signal}`]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
