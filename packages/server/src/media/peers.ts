/**
 * Rung `webrtc`: carries signalling between viewers and the capture page, and hides the picture from those who must not
 * see it. So many viewers of a session get a peer each; a viewer who lost its socket keeps its own for a while. It reads
 * no SDP and decides nothing about control. Neighbours: the capture page (`browser.capture`, messages in `handle`), `media.ts`;
 * `udpRoute.ts`, where peers are reached on ports of a range.
 */
import { randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { Candidate, CaptureCommands, CaptureMessage, LiveEvent, LiveEventData, PeerOptions, Quality } from '@tandem/protocol'
import type { Watcher } from '../sessions/watchers.ts'
import type { CandidateRules } from './candidates.ts'
import type { Feed, FeedOptions, IceOptions, StartOptions } from './feed.ts'
import type { UdpPorts } from './udpPorts.ts'
import { withoutCandidates } from './udpRoute.ts'
import type { UdpRoute } from './udpRoute.ts'
import { CAPTURE_READY_MS, isBeingMade, pause } from './wish.ts'

/** A viewer whose socket was lost may come back over another network and go on with the same peer. */
export const PEER_GRACE_MS = 15_000

interface Peer {
  id: string
  watcher: Watcher
  /** Until the viewer knows the peer's id, what is for it waits here. */
  backlog: (() => void)[] | null
  blank: boolean
  /** Offers that were asked of the capture page, and those that came: while a later one is on its way, an answer is to one that it replaces. */
  offers: { asked: number; came: number }
  /** Cancels the end of a peer whose viewer's socket was lost. */
  keep: (() => void) | null
  /** The port of the range that it is reached on; null: by its own, or by TURN alone. */
  route: UdpRoute | null
}

export interface PeersOptions extends FeedOptions, IceOptions {
  capture(): CaptureCommands
  candidates: CandidateRules
  /** Null: peers are reached on whatever ports they have. */
  udpPorts: UdpPorts | null
  /** So many viewers get one. */
  peerViewers: number
}

export class Peers implements Feed {
  readonly rung = 'webrtc'
  readonly #options: PeersOptions
  readonly #peers = new Map<string, Peer>()

  constructor(options: PeersOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#peers.size
  }

  carries(watcher: Watcher): boolean {
    return this.#of(watcher) !== undefined
  }

  has(watcher: Watcher, id: string): boolean {
    return this.#peers.get(id)?.watcher === watcher
  }

  /** The offer follows once the caller has told the viewer the id. @throws TandemError `media/rung-unavailable` */
  async start(watcher: Watcher, options: StartOptions): Promise<string> {
    this.leave(watcher)
    if (this.#peers.size >= this.#options.peerViewers) {
      throw new TandemError('media/rung-unavailable', `All ${this.#options.peerViewers} direct connections of this session are taken; watch over the socket.`)
    }
    const { iceServers } = this.#options
    if (options.relayOnly && !iceServers(watcher.viewer.id).some(({ urls }) => urls.some((url) => /^turns?:/.test(url)))) {
      throw new TandemError('media/rung-unavailable', 'This server knows no TURN server; whoever runs it sets TURN_SERVER_URL.')
    }
    const peer: Peer = { id: `peer_${randomUUID()}`, watcher, backlog: [], blank: false, offers: { asked: 1, came: 0 }, keep: null, route: null }
    this.#peers.set(peer.id, peer)
    this.#options.changed()
    try {
      await this.#connect(peer, options)
    } catch (error) {
      this.#remove(peer.id)
      throw error
    }
    // The viewer left, or asked again, while the peer was being made.
    if (!this.#peers.has(peer.id)) {
      this.#tell((capture) => capture.disconnect({ peerId: peer.id }))
      throw new TandemError('media/no-peer')
    }
    // The reply with the id is written in the microtasks that follow; only then may the offer go out.
    setImmediate(() => {
      const backlog = peer.backlog ?? []
      peer.backlog = null
      for (const send of backlog) send()
    })
    return peer.id
  }

  /** `offerId`: as the offer had it; clients that do not say it answer the last one. */
  async answer(peerId: string, sdp: string, offerId?: number): Promise<void> {
    const peer = this.#peers.get(peerId)
    if (offerId !== undefined && offerId !== peer?.offers.asked) return
    await this.#options.capture().answer({ peerId, sdp: peer?.route ? withoutCandidates(sdp) : sdp })
  }

  candidate(watcher: Watcher, peerId: string, candidate: Candidate | null): void {
    // Of a viewer on a route the peer learns by what comes: told its addresses it would send there by ports of its own.
    if (this.has(watcher, peerId) && !this.#peers.get(peerId)?.route) this.#tell((capture) => capture.candidate({ peerId, candidate }))
  }

  async restart(watcher: Watcher, peerId: string): Promise<void> {
    const { route, offers } = this.#peers.get(peerId) ?? {}
    // Addresses that the machine got since then.
    await route?.listen().catch((error: unknown) => this.#options.log.warn({ err: error, port: route.port }, 'a new address has this port taken'))
    if (offers) offers.asked += 1
    try {
      await this.#options.capture().restart({ peerId, iceServers: route ? [] : this.#options.iceServers(watcher.viewer.id) })
    } catch (error) {
      if (offers) offers.asked -= 1
      throw error
    }
  }

  async pause(peerId: string, paused: boolean): Promise<void> {
    await this.#options.capture().pause({ peerId, paused })
  }

  async quality(peerId: string, quality: Quality): Promise<void> {
    await this.#options.capture().quality({ peerId, quality })
  }

  stop(peerId: string): void {
    const peer = this.#peers.get(peerId)
    if (peer) this.#end(peer)
  }

  /** A later connection of the same viewer has adopted its peer: then that stays. */
  leave(watcher: Watcher): void {
    const peer = this.#of(watcher)
    if (peer) this.#end(peer)
  }

  /** Packets may still flow, and the viewer may come back over another network. */
  lose(watcher: Watcher): void {
    const peer = this.#of(watcher)
    if (!peer) return
    peer.keep?.()
    peer.keep = this.#options.clock.after(PEER_GRACE_MS, () => this.#end(peer))
  }

  /** A viewer whose socket was lost may not come back: its picture ends now. */
  forget(viewerId: string): void {
    for (const peer of [...this.#peers.values()]) if (peer.keep && peer.watcher.viewer.id === viewerId) this.#end(peer)
  }

  /** The viewer is back on another socket: its peer goes on with it. */
  adopt(watcher: Watcher): void {
    for (const peer of this.#peers.values()) {
      if (peer.watcher.viewer.id !== watcher.viewer.id) continue
      peer.keep?.()
      peer.keep = null
      peer.watcher = watcher
    }
  }

  /** What the capture page says of a peer. */
  handle(message: Extract<CaptureMessage, { type: 'offer' | 'candidate' | 'peer' }>): void {
    const { peerId } = message
    if (message.type === 'offer') this.#offer(peerId, message.sdp)
    else if (message.type === 'candidate') this.#candidate(peerId, message.candidate)
    // `failed` is no end: the viewer restarts ICE, or starts anew, when its own side says the same.
    else if (message.state === 'closed') {
      this.#toViewer(peerId, 'media.ended', { peerId, reason: 'the connection was closed', retry: true })
      this.#remove(peerId)
    }
  }

  #offer(peerId: string, sdp: string): void {
    const peer = this.#peers.get(peerId)
    if (!peer) return
    const { candidates, iceServers } = this.#options
    const offerId = (peer.offers.came += 1)
    const told = candidates.offer(peer.route?.offer(sdp) ?? sdp)
    this.#toViewer(peerId, 'media.offer', { peerId, sdp: told, offerId, iceServers: iceServers(peer.watcher.viewer.id) })
  }

  #candidate(peerId: string, found: Candidate | null): void {
    const route = this.#peers.get(peerId)?.route
    const candidate = route && found ? route.candidate(found) : found
    if (found && !candidate) return
    for (const told of this.#options.candidates.trickled(candidate)) this.#toViewer(peerId, 'media.candidate', { peerId, candidate: told })
  }

  applyBlank(): void {
    for (const peer of this.#peers.values()) this.#blank(peer)
  }

  lost(reason: string, retry: boolean): void {
    for (const peer of [...this.#peers.values()]) {
      // Its viewer does not know it yet: `start` is making it, and does so on the new page, which is there before this is told.
      if (retry && peer.backlog !== null) continue
      this.#toViewer(peer.id, 'media.ended', { peerId: peer.id, reason, retry })
      this.#remove(peer.id)
    }
  }

  /** Peers do not outlive their capture page: viewers start anew. */
  back(): void {}

  close(): void {
    for (const peer of this.#peers.values()) {
      peer.keep?.()
      peer.route?.close()
    }
    this.#peers.clear()
  }

  async #connect(peer: Peer, { codecs, audio, quality, relayOnly }: StartOptions): Promise<void> {
    const { iceServers, icePolicy, capture, clock, udpPorts } = this.#options
    const iceTransportPolicy = relayOnly ? 'relay' : icePolicy
    if (udpPorts && iceTransportPolicy === 'all') await this.#route(peer, udpPorts)
    const options: PeerOptions = {
      peerId: peer.id,
      // Asked from a port of the peer's own, they would know an address that leads nowhere.
      iceServers: peer.route ? [] : iceServers(peer.watcher.viewer.id),
      iceTransportPolicy,
      codecs: codecs && [...codecs],
      audio,
      quality,
    }
    const deadline = clock.now() + CAPTURE_READY_MS
    for (;;) {
      try {
        await capture().connect(options)
        break
      } catch (error) {
        if (!isBeingMade(error) || clock.now() > deadline || !this.#peers.has(peer.id)) throw error
        await pause(clock)
      }
    }
    // Before the viewer has answered the offer no frame is sent: a joiner never sees what is hidden.
    this.#blank(peer)
  }

  async #route(peer: Peer, udpPorts: UdpPorts): Promise<void> {
    peer.route = await udpPorts.open()
    // The viewer left meanwhile.
    if (!this.#peers.has(peer.id)) peer.route.close()
  }

  #blank(peer: Peer): void {
    const blank = this.#options.blankReason(peer.watcher.viewer.id) !== null
    if (blank === peer.blank) return
    peer.blank = blank
    this.#tell((capture) => capture.blank({ peerId: peer.id, blank }))
  }

  #toViewer<E extends LiveEvent>(peerId: string, event: E, data: LiveEventData<E>): void {
    const peer = this.#peers.get(peerId)
    if (!peer) return
    const send = (): void => peer.watcher.send(event, data)
    if (peer.backlog) peer.backlog.push(send)
    else send()
  }

  #of(watcher: Watcher): Peer | undefined {
    for (const peer of this.#peers.values()) if (peer.watcher === watcher) return peer
    return undefined
  }

  #end(peer: Peer): void {
    this.#remove(peer.id)
    this.#tell((capture) => capture.disconnect({ peerId: peer.id }))
  }

  #remove(peerId: string): void {
    const peer = this.#peers.get(peerId)
    peer?.keep?.()
    peer?.route?.close()
    if (this.#peers.delete(peerId)) this.#options.changed()
  }

  /** For commands whose failure changes nothing: the peer, the page or the browser is gone, which is told on its own. */
  #tell(command: (capture: CaptureCommands) => Promise<unknown>): void {
    const run = async (): Promise<unknown> => command(this.#options.capture())
    run().catch((error: unknown) => this.#options.log.debug({ err: error }, 'the capture page did not take a command'))
  }
}
