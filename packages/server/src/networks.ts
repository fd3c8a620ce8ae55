/** Networks as settings name them: addresses, CIDRs and words for several. */
import { BlockList, isIP } from 'node:net'

/** Whom a reverse proxy may be: addresses, CIDRs, or these words. */
const PROXY_WORDS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fe80::/10'],
}

export function isNetwork(value: string): boolean {
  if (value in PROXY_WORDS) return true
  const [address = '', bits, ...rest] = value.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** @example networks(['loopback', '10.1.0.0/16']).check('10.1.2.3', 'ipv4') */
export function networks(values: readonly string[]): BlockList {
  const list = new BlockList()
  for (const value of values.flatMap((item) => PROXY_WORDS[item] ?? [item])) {
    const [address = '', bits] = value.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
