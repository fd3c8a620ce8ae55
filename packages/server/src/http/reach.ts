/**
 * How a request reached us: from which address, over which scheme, at which host and under which path. What a proxy
 * says of that (`X-Forwarded-*`) is believed only when it comes from a configured one, so that nobody else can say it.
 */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Config } from '../config.ts'
import { networks } from '../networks.ts'

export interface Reach {
  /** The caller's IP address, as the last trusted proxy saw it. */
  address: string
  /** Straight from this machine, through no proxy. */
  local: boolean
  host: string
  /** `https://tandem.example.com/browsers`: where whoever asks reaches us. No slash at the end. */
  base: string
}

const PREFIX = /^(\/[\w.~-]+)+$/

export function createReach({ publicUrl, trustedProxies }: Pick<Config, 'publicUrl' | 'trustedProxies'>): (request: IncomingMessage) => Reach {
  const trusts = trustOf(trustedProxies)
  return ({ headers, socket }) => {
    const peer = plain(socket.remoteAddress ?? '')
    const trusted = trusts(peer)
    const said = (name: string): string | undefined => (trusted ? last(headers[name]) : undefined)
    const host = said('x-forwarded-host') ?? headers.host ?? ''
    const secure = (said('x-forwarded-proto') ?? ('encrypted' in socket ? 'https' : 'http')) === 'https'
    const prefix = said('x-forwarded-prefix')?.replace(/\/+$/, '') ?? ''
    return {
      address: trusted ? addressBefore(peer, headers['x-forwarded-for'], trusts) : peer,
      local: isLoopback(peer) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined,
      host,
      base: publicUrl ?? `${secure ? 'https' : 'http'}://${host}${PREFIX.test(prefix) ? prefix : ''}`,
    }
  }
}

export function trustOf(trustedProxies: readonly string[]): (address: string) => boolean {
  const list = networks(trustedProxies)
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** A proxy may pass the path on as it was or without the base path: we answer to both. */
export function withoutBase(url: string, publicUrl: string | undefined): string {
  const base = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')
  if (base === '' || !url.startsWith(base)) return url
  const rest = url.slice(base.length)
  return rest.startsWith('/') ? rest : rest === '' || rest.startsWith('?') ? `/${rest}` : url
}

/** Each proxy adds whom it was asked by at the end: the first from there that is no proxy of ours is the caller. */
function addressBefore(peer: string, header: string | string[] | undefined, trusts: (address: string) => boolean): string {
  const chain = [header ?? []].flat().join(',').split(',')
  let address = peer
  while (trusts(address)) {
    const before = plain(chain.pop()?.trim() ?? '')
    if (isIP(before) === 0) break
    address = before
  }
  return address
}

/** The entry that the nearest proxy wrote. */
function last(header: string | string[] | undefined): string | undefined {
  const value = [header ?? []].flat().join(',').split(',').at(-1)?.trim()
  return value === '' ? undefined : value
}

/** An IPv4 address as IPv4, however the socket writes it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
