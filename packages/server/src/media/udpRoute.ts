/**
 * One peer's UDP port: bound on each address of this machine, it carries what a viewer sends to the peer in the capture
 * page, and back. A way opens with an ICE check that is signed with the peer's password, so only the viewer that got the
 * offer is carried, from wherever it comes, and nobody else is ever answered. It also rewrites the peer's offers and
 * candidates, so that viewers know of this port alone. Neighbours: `udpPorts.ts` makes it, `peers.ts` owns it.
 */
import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Candidate } from '@tandem/protocol'
import { askedFragment, isAnswer, isCheck, isSignedWith, setMapped } from './stunCheck.ts'

/** A viewer tries from each of its addresses to each of ours, and again after a change of its network. */
const MAX_WAYS = 32
/** While ICE restarts the peer is asked by its old name and by its new one. */
const GENERATIONS = 2
/** What comes in one burst while Node does something else; the kernel may allow less. */
const BUFFER_BYTES = 1024 * 1024
/** RFC 8839: `candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type> …` */
const HOST_CANDIDATE = /^(candidate:\S+ \d+ udp \d+) (\S+) (\d+)( typ host.*)$/i

/** A peer between two ICE restarts. */
interface Generation {
  /** Known with the offer. */
  password: string | null
  /** Where Chromium listens, by address. */
  ports: Map<string, number>
}

/** From one address of a viewer to one address of the peer, which tells its viewers' addresses apart by the inner socket. */
interface Way {
  fragment: string
  inner: Socket
  port: number
}

export interface UdpRouteOptions {
  addresses(): string[]
  closed(): void
}

export class UdpRoute {
  readonly port: number
  readonly #options: UdpRouteOptions
  /** By our address. */
  readonly #outer = new Map<string, Socket>()
  /** By our address and the viewer's; those that were checked last are the last. */
  readonly #ways = new Map<string, Way>()
  /** By user fragment. */
  readonly #generations = new Map<string, Generation>()
  #closed = false

  constructor(port: number, options: UdpRouteOptions) {
    this.port = port
    this.#options = options
  }

  /** On all addresses that the machine has by now. @throws when the port is taken on one of them */
  async listen(): Promise<void> {
    await Promise.all(
      this.#options.addresses().map(async (address) => {
        if (!this.#outer.has(address)) await this.#bind(address)
      }),
    )
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const socket of this.#outer.values()) socket.close()
    for (const { inner } of this.#ways.values()) inner.close()
    this.#ways.clear()
    this.#options.closed()
  }

  /** As the viewer gets it. */
  offer(sdp: string): string {
    const [, fragment = ''] = /^a=ice-ufrag:(\S+)/m.exec(sdp) ?? []
    this.#generation(fragment).password = /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1] ?? null
    return (
      sdp
        .replace(/^a=(candidate:.*?)(\r?\n)/gm, (_line, candidate: string, end: string) => {
          const told = this.#through(fragment, candidate)
          return told === null ? '' : `a=${told}${end}`
        })
        // The default address of those who know no ICE: none.
        .replace(/^(m=\w+) [1-9]\d* /gm, (_line, media: string) => `${media} 9 `)
        .replace(/^(c=|a=rtcp:\d+ )IN IP[46] \S+/gm, (_line, name: string) => `${name.replace(/\d+/, '9')}IN IP4 0.0.0.0`)
    )
  }

  /** As the viewer is told; null: not at all. */
  candidate(candidate: Candidate): Candidate | null {
    const fragment = candidate.usernameFragment ?? / ufrag (\S+)/.exec(candidate.candidate)?.[1] ?? ''
    const told = this.#through(fragment, candidate.candidate)
    return told === null ? null : { ...candidate, candidate: told }
  }

  #through(fragment: string, candidate: string): string | null {
    const [, head, address = '', port, tail] = HOST_CANDIDATE.exec(candidate) ?? []
    if (head === undefined || !this.#outer.has(address)) return null
    this.#generation(fragment).ports.set(address, Number(port))
    return `${head} ${address} ${this.port}${tail}`
  }

  #generation(fragment: string): Generation {
    const known = this.#generations.get(fragment)
    if (known) return known
    const generation: Generation = { password: null, ports: new Map() }
    this.#generations.set(fragment, generation)
    for (const old of this.#generations.keys()) if (this.#generations.size > GENERATIONS) this.#generations.delete(old)
    return generation
  }

  async #bind(address: string): Promise<void> {
    const socket = socketOn(address)
    const bound = new Promise<void>((resolve, reject) => {
      socket.once('listening', resolve)
      socket.once('error', reject)
    })
    socket.bind({ port: this.port, address, exclusive: true })
    try {
      await bound
    } catch (error) {
      socket.close()
      // An address that is not ours any more, or not yet (IPv6, while the link asks whose it is).
      if (isGone(error)) return
      throw error
    }
    if (this.#closed) return void socket.close()
    // What cannot be sent is a packet that was lost.
    socket.on('error', () => undefined)
    socket.on('message', (packet, from) => this.#fromViewer(address, socket, packet, from))
    this.#outer.set(address, socket)
  }

  #fromViewer(own: string, outer: Socket, packet: Buffer, from: RemoteInfo): void {
    const key = `${own} ${from.address} ${from.port}`
    let way = this.#ways.get(key)
    if (isCheck(packet)) {
      const fragment = askedFragment(packet)
      if (way === undefined || way.fragment !== fragment) {
        const next = this.#open(own, outer, packet, from, fragment)
        if (!next) return
        way?.inner.close()
        way = next
      }
      this.#ways.delete(key)
      this.#ways.set(key, way)
      this.#forgetOldest()
    }
    if (way) way.inner.send(packet, way.port, own)
  }

  /** Null: whoever asks does not know the peer. */
  #open(own: string, outer: Socket, check: Buffer, viewer: RemoteInfo, fragment: string | null): Way | null {
    const { password = null, ports } = this.#generations.get(fragment ?? '') ?? {}
    const port = ports?.get(own)
    if (fragment === null || port === undefined || password === null || !isSignedWith(check, password)) return null
    const inner = socketOn(own)
    inner.on('error', () => undefined)
    inner.on('message', (packet, from) => {
      if (from.port !== port || from.address !== own || this.#closed) return
      if (isAnswer(packet)) setMapped(packet, viewer.address, viewer.port, password)
      outer.send(packet, viewer.port, viewer.address)
    })
    inner.bind({ port: 0, address: own, exclusive: true })
    return { fragment, inner, port }
  }

  #forgetOldest(): void {
    for (const [key, { inner }] of this.#ways) {
      if (this.#ways.size <= MAX_WAYS) return
      this.#ways.delete(key)
      inner.close()
    }
  }
}

/** Answers of viewers name no address of theirs: the peer learns of them by the packets that come over the route. */
export function withoutCandidates(sdp: string): string {
  return sdp.replace(/^a=(candidate:|end-of-candidates).*(\r?\n|$)/gm, '')
}

function socketOn(address: string): Socket {
  const family = isIPv6(address) ? 6 : 4
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
    // All are addresses, not names: Node would put each packet off to the next tick.
    lookup: (name, _options, callback) => callback(null, name, family),
  })
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')
}
