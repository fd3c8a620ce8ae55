/**
 * The UDP ports of TANDEM_UDP_PORTS, of which each peer gets one. Chromium's own setting (`webrtc.udp_port_range`) does
 * not hold for extension pages, in which our peers are. One pool for all sessions of a server; a port is given back by
 * closing its route, and taken again as late as possible: what still comes for the last peer disturbs no other one.
 */
import { networkInterfaces } from 'node:os'
import { TandemError } from '@tandem/protocol'
import { UdpRoute } from './udpRoute.ts'

export class UdpPorts {
  readonly #range: string
  readonly #free: number[]

  /** `range`: as `50000-50100`. */
  constructor(range: string) {
    const [low = 0, high = 0] = range.split('-').map(Number)
    this.#range = range
    this.#free = Array.from({ length: high - low + 1 }, (_, index) => low + index)
  }

  get free(): number {
    return this.#free.length
  }

  /** @throws TandemError `media/rung-unavailable` */
  async open(): Promise<UdpRoute> {
    let cause: unknown
    // Another program, or Chromium itself, may hold one of them.
    for (let tries = this.#free.length; tries > 0; tries--) {
      const port = this.#free.shift()
      if (port === undefined) break
      const route = new UdpRoute(port, { addresses: ownAddresses, closed: () => this.#free.push(port) })
      try {
        await route.listen()
        return route
      } catch (error) {
        cause = error
        route.close()
      }
    }
    throw new TandemError('media/rung-unavailable', `All UDP ports of this server (${this.#range}) are taken; watch over the socket.`, {}, { cause })
  }
}

/** What this machine is reached at. */
function ownAddresses(): string[] {
  // A link's own addresses mean nothing without the link, and Chromium offers none.
  return Object.values(networkInterfaces()).flatMap((entries = []) =>
    entries.map(({ address }) => address).filter((address) => !/^(169\.254\.|fe80:)/i.test(address)),
  )
}
