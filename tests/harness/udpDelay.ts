/** A long way for UDP, on loopback: carries each packet to a port and back, so much later, in order, and loses none. */
import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Page } from 'puppeteer-core'

const LOOPBACK = '127.0.0.1'

export interface UdpDelay {
  port: number
  /** Packets carried so far, both ways. */
  carried(): number
  close(): void
}

/** Between viewers that send to `port` of the answer, and `target` on 127.0.0.1. */
export async function delayUdp(target: number, oneWayMs: number): Promise<UdpDelay> {
  const outer = createSocket('udp4')
  const inners = new Map<string, Socket>()
  let carried = 0
  let closed = false
  const later = (send: () => void): void => {
    setTimeout(() => {
      if (closed) return
      carried++
      send()
    }, oneWayMs)
  }
  const innerFor = ({ address, port }: RemoteInfo): Socket => {
    const key = `${address} ${port}`
    const known = inners.get(key)
    if (known) return known
    const inner = createSocket('udp4')
    inner.on('error', () => undefined)
    inner.on('message', (packet) => later(() => outer.send(packet, port, address)))
    inners.set(key, inner)
    return inner
  }
  outer.on('message', (packet, from) => later(() => innerFor(from).send(packet, target, LOOPBACK)))
  outer.bind(0, LOOPBACK)
  await once(outer, 'listening')
  outer.on('error', () => undefined)
  return {
    port: outer.address().port,
    carried: () => carried,
    close() {
      closed = true
      outer.close()
      for (const inner of inners.values()) inner.close()
    },
  }
}

/** From now on this page knows of the browser's port by the long way alone. */
export async function goBy(page: Page, { port }: UdpDelay, target: number): Promise<void> {
  await page.evaluate(
    (given) => {
      /** Null: an address that would be a shorter way. */
      const byRelay = (candidate: string): string | null =>
        candidate.includes(` 127.0.0.1 ${given.target} `) ? candidate.replace(` ${given.target} `, ` ${given.port} `) : null
      const { prototype } = RTCPeerConnection
      // Of their overloads, the one with promises.
      const describe: (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void> = prototype.setRemoteDescription
      const add: (this: RTCPeerConnection, candidate: RTCIceCandidateInit) => Promise<void> = prototype.addIceCandidate
      prototype.setRemoteDescription = function (description: RTCSessionDescriptionInit) {
        const sdp = (description.sdp ?? '').replace(/^a=(candidate:.*)\r\n/gm, (_line, candidate: string) => {
          const told = byRelay(candidate)
          return told === null ? '' : `a=${told}\r\n`
        })
        return describe.call(this, { ...description, sdp })
      }
      prototype.addIceCandidate = async function (candidate?: RTCIceCandidateInit | null) {
        if (!candidate?.candidate) return
        const told = byRelay(candidate.candidate)
        if (told !== null) await add.call(this, { ...candidate, candidate: told })
      }
    },
    { port, target },
  )
}
