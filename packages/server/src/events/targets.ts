/**
 * Where a webhook may go: https, and only addresses of the public internet, unless private ones are allowed. The
 * address that was looked at is the one that is connected to (`lookup` of the request), so that a name that points
 * elsewhere a moment later gains nothing. Knows nothing of deliveries.
 */
import { lookup as systemLookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { TandemError } from '@tandem/protocol'

/** https://www.iana.org/assignments/iana-ipv4-special-registry: whatever does not lead to one host of the public internet. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** The one block of IPv6 that is routed on the internet, and in it the parts that tunnel, document or test. */
const GLOBAL_V6 = '2000::/3'
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const special = blockList([...SPECIAL_V4, ...SPECIAL_V6])
const global = blockList([GLOBAL_V6])

/** Whether an address belongs to one host of the public internet. IPv4 inside IPv6 does not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  if (family === 6) return global.check(address, 'ipv6') && !special.check(address, 'ipv6')
  return false
}

export interface Targets {
  /** The URL of a webhook, as it will be called. A name that cannot be resolved now is no reason. @throws TandemError `webhook/url-refused` */
  check(url: string): Promise<URL>
  /** @throws TandemError `webhook/url-refused`, without asking any server */
  parse(url: string): URL
  /** For the request: resolves the name and answers only with addresses that may be called. */
  readonly lookup: LookupFunction
}

type Resolve = (host: string, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void

const resolveBySystem: Resolve = (host, callback) => systemLookup(host, { all: true }, callback)

/** @param resolve Names to addresses; tests give one that changes its mind. */
export function createTargets(options: { allowPrivate: boolean }, resolve: Resolve = resolveBySystem): Targets {
  const { allowPrivate } = options

  function parse(text: string): URL {
    const url = URL.parse(text)
    if (!url) throw refused('This is not a URL.')
    if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) throw refused(`${url.protocol.slice(0, -1)} is not https.`)
    if (url.username !== '' || url.password !== '') throw refused('A webhook URL carries no user name and password; the signature says who calls.')
    const host = hostOf(url)
    if (isIP(host) !== 0) assertAddresses(host, [host])
    return url
  }

  function assertAddresses(host: string, addresses: readonly string[]): void {
    if (allowPrivate || addresses.every(isPublicAddress)) return
    throw refused(`${host} is not on the public internet.`)
  }

  const addressesOf = (host: string): Promise<LookupAddress[]> =>
    new Promise((done, fail) => resolve(host, (error, addresses) => (error ? fail(error) : done(addresses))))

  return {
    parse,
    async check(text) {
      const url = parse(text)
      const host = hostOf(url)
      const addresses = isIP(host) === 0 ? await addressesOf(host).catch(() => []) : []
      assertAddresses(
        host,
        addresses.map(({ address }) => address),
      )
      return url
    },
    lookup: (host, lookupOptions, callback) => {
      addressesOf(host).then(
        (addresses) => {
          try {
            // All or none: a name with one private address among public ones is no honest target.
            assertAddresses(
              host,
              addresses.map(({ address }) => address),
            )
          } catch (error) {
            return callback(toErrno(error), '', 0)
          }
          const [first] = addresses
          if (!first) return callback(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '', 0)
          if (lookupOptions.all) return callback(null, addresses)
          callback(null, first.address, first.family)
        },
        (error: unknown) => callback(toErrno(error), '', 0),
      )
    },
  }
}

function refused(why: string): TandemError {
  return new TandemError('webhook/url-refused', `${why} Use an https URL of a public host; TANDEM_WEBHOOK_PRIVATE=1 allows private addresses and http.`)
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function toErrno(error: unknown): NodeJS.ErrnoException {
  return error instanceof Error ? error : new Error(String(error))
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
