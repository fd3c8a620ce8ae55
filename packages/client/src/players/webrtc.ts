/**
 * Rung `webrtc`: the picture from peer to peer, or through TURN. Keeps a peer alive through changes of the network
 * (ICE restart first, a new peer when the old one is gone). Owns when a peer is made and given up; peer.ts is the
 * connection itself, streamPlayer.ts what it shares with `room`. Knows no DOM and no other rung.
 */
import { isTandemError } from '@tandem/protocol'
import type { LiveEventData, LiveParams } from '@tandem/protocol'
import { wallNow } from '../live/serverClock.ts'
import type { PeerState } from '../status.ts'
import { decodableCodecs } from './codecs.ts'
import { Peer } from './peer.ts'
import type { IceSettings } from './peer.ts'
import type { MediaEvent, Signals } from './player.ts'
import type { Reading } from './reading.ts'
import { StreamPlayer } from './streamPlayer.ts'

/** A connection may be `disconnected` for a moment by itself; longer, and another way is looked for. */
export const DISCONNECTED_MS = 1_000
/** A peer that is not connected by then is given up for a new one. */
export const CONNECT_TIMEOUT_MS = 10_000

export interface WebRtcOptions {
  audio: boolean
  /** Read at each start: the servers' credentials expire. */
  ice(): IceSettings
  /** Nothing but TURN, for whoever asks for it. */
  relayOnly(): boolean
}

export class WebRtcPlayer extends StreamPlayer {
  readonly codecs = decodableCodecs()
  readonly #options: WebRtcOptions
  #peer: Peer | null = null
  #refused = false
  #restarted = false
  #patience: ReturnType<typeof setTimeout> | undefined

  constructor(signals: Signals, options: WebRtcOptions) {
    super(signals, 'webrtc')
    this.#options = options
  }

  /** Null, or why this environment cannot play it. */
  static get impossible(): string | null {
    return typeof RTCPeerConnection === 'undefined' ? 'This environment has no WebRTC.' : null
  }

  get state(): PeerState {
    const state = this.#peer?.state
    if (state === undefined || state === 'closed') return this.subscription.starting ? 'connecting' : 'none'
    return state === 'new' ? 'connecting' : state
  }

  /** The server keeps the peer of a socket that was lost for some seconds: it goes on over whatever network there is now. */
  start(): void {
    this.subscription.want()
    if (WebRtcPlayer.impossible !== null) return this.failed(WebRtcPlayer.impossible, true)
    if (this.#peer) this.networkChanged()
    else if (!this.subscription.starting) this.subscription.anew()
  }

  /** New addresses for the same peer, or a new peer when the old one is gone. */
  networkChanged(): void {
    void this.#restart()
  }

  async refresh(): Promise<void> {
    if (this.state === 'connected') await this.subscription.refresh()
  }

  /** Packets still come from peer to peer, but nothing can be signalled. */
  signalsLost(): void {
    this.subscription.signalsLost()
    clearTimeout(this.#patience)
  }

  protected params(): Partial<LiveParams<'media.start'>> {
    return { codecs: this.codecs, audio: this.#options.audio, ...(this.#options.relayOnly() ? { relayOnly: true } : {}) }
  }

  protected event(message: MediaEvent): void {
    if (message.event === 'media.offer') void this.#answer(message.data)
    else if (message.event === 'media.candidate') void this.#peer?.addCandidate(message.data.candidate)
  }

  protected started(peerId: string): void {
    const peer = new Peer(this.#options.ice(), {
      candidate: (candidate) => this.signals.notify('media.candidate', { peerId, candidate }),
      track: (track, receiver) => peer === this.#peer && this.play(track, receiver),
      changed: () => peer === this.#peer && this.#peerChanged(peer),
    })
    this.#peer = peer
    this.measure()
    this.#hurry()
    this.changed()
  }

  async #answer({ sdp: offer, offerId, iceServers }: LiveEventData<'media.offer'>): Promise<void> {
    const peer = this.#peer
    const { peerId } = this.subscription
    if (!peer || peerId === null) return
    try {
      const sdp = await peer.answer(offer, iceServers)
      await this.signals.call('media.answer', { peerId, sdp, offerId })
    } catch (error) {
      if (peer === this.#peer) this.subscription.later(`The picture could not be agreed on: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async #restart(): Promise<void> {
    const { peerId } = this.subscription
    if (!this.subscription.wanted || peerId === null || !this.#peer) return
    if (this.#peer.state === 'closed') return this.subscription.anew()
    this.#restarted = true
    this.#hurry()
    try {
      await this.signals.call('media.restart', { peerId })
    } catch (error) {
      if (peerId === this.subscription.peerId && isTandemError(error) && error.code !== 'server/overloaded') this.subscription.anew()
    }
  }

  #peerChanged(peer: Peer): void {
    clearTimeout(this.#patience)
    if (peer.state === 'connected') {
      this.#restarted = false
      this.#refused = false
      this.subscription.settled()
      this.count.heard(wallNow())
      this.awaitFrame()
    } else if (peer.state === 'disconnected') this.#patience = setTimeout(() => void this.#restart(), DISCONNECTED_MS)
    else if (peer.state === 'failed') {
      // One restart; when that fails too, the other end is gone.
      if (this.#restarted) this.subscription.later(this.#noWay())
      else void this.#restart()
    } else this.#hurry()
    this.changed()
  }

  #noWay(): string {
    // Remembered over attempts: a peer that is given up early has not been refused yet.
    this.#refused ||= this.#peer?.refused ?? false
    return `No way to the browser was found through this network.${this.#refused ? ' The TURN server refused its credentials.' : ''} Trying again.`
  }

  #hurry(): void {
    clearTimeout(this.#patience)
    this.#patience = setTimeout(() => {
      if (this.#peer?.state === 'connected') return
      const why = this.#noWay()
      this.subscription.anew(why)
    }, CONNECT_TIMEOUT_MS)
  }

  protected async read(): Promise<Reading | null> {
    const peer = this.#peer
    if (!peer || peer.state === 'closed') return null
    const reading = await peer.read()
    return peer === this.#peer ? reading : null
  }

  protected override dropped(): void {
    super.dropped()
    clearTimeout(this.#patience)
    this.#peer?.close()
    this.#peer = null
    this.#restarted = false
  }
}
