/**
 * Rung `room`: the picture out of a LiveKit room, where viewers outgrow peers and the SFU fans one encode out. How to
 * join comes over the live socket; input goes on over that. Owns when a room is joined and given up; roomConnection.ts
 * is the connection itself, streamPlayer.ts what it shares with `webrtc`. LiveKit's SDK is loaded when it is first needed.
 */
import type { LiveEventData, LiveParams } from '@tandem/protocol'
import type * as LiveKit from 'livekit-client'
import { wallNow } from '../live/serverClock.ts'
import type { PeerState } from '../status.ts'
import { roomCodecs } from './codecs.ts'
import type { MediaEvent, Signals } from './player.ts'
import type { Reading } from './reading.ts'
import { RoomConnection } from './roomConnection.ts'
import { StreamPlayer } from './streamPlayer.ts'

/** The SFU gathers what it is told of a track for 100 ms: off and on within that is nothing to it. */
const REFRESH_OFF_MS = 250

export interface RoomOptions {
  audio: boolean
}

export class RoomPlayer extends StreamPlayer {
  readonly #options: RoomOptions
  readonly #codecs = roomCodecs()
  #connection: RoomConnection | null = null
  /** How it was joined, or is being joined. */
  #joined: LiveEventData<'media.room'> | null = null
  /** The server is asked anew, and the connection stays until it answers. */
  #keep = false

  constructor(signals: Signals, options: RoomOptions) {
    super(signals, 'room')
    this.#options = options
  }

  /** Null, or why this environment cannot play it. */
  static get impossible(): string | null {
    return typeof RTCPeerConnection === 'undefined' ? 'This environment has no WebRTC.' : null
  }

  get state(): PeerState {
    if (this.#connection) return this.#connection.state === 'none' ? 'connecting' : this.#connection.state
    return this.subscription.starting || this.subscription.peerId !== null ? 'connecting' : 'none'
  }

  /** A room outlives the live socket: what plays goes on while the server is asked anew. */
  start(): void {
    this.subscription.want()
    if (RoomPlayer.impossible !== null) return this.failed(RoomPlayer.impossible, true)
    if (this.subscription.starting) return
    this.#keep = this.#connection !== null
    this.subscription.anew()
    this.#keep = false
  }

  override async pause(paused: boolean): Promise<void> {
    this.#connection?.enable(!paused)
    if (!paused) this.awaitFrame()
    await super.pause(paused)
  }

  async refresh(): Promise<void> {
    const connection = this.#connection
    if (this.state !== 'connected' || this.subscription.paused) return
    connection?.enable(false)
    await new Promise((resolve) => setTimeout(resolve, REFRESH_OFF_MS))
    if (connection === this.#connection && !this.subscription.paused) connection?.enable(true)
  }

  /** LiveKit's SDK looks for another way by itself; one that is lost is made anew. */
  networkChanged(): void {
    if (this.#connection && this.state !== 'connected') this.subscription.anew()
  }

  signalsLost(): void {
    this.subscription.signalsLost()
  }

  protected params(): Partial<LiveParams<'media.start'>> {
    return { audio: this.#options.audio, codecs: this.#codecs }
  }

  protected started(): void {
    this.changed()
  }

  protected event(message: MediaEvent): void {
    if (message.event === 'media.room') void this.#join(message.data)
  }

  protected async read(): Promise<Reading | null> {
    const connection = this.#connection
    // While the picture is withheld no packet of it comes, and yet the room is there: the SDK would say so otherwise.
    if (connection?.isThere && !connection.hasVideo) this.count.heard(wallNow())
    const reading = (await connection?.read()) ?? null
    return connection === this.#connection ? reading : null
  }

  protected override dropped(): void {
    if (this.#keep) return
    super.dropped()
    this.#joined = null
    this.#connection?.close()
    this.#connection = null
  }

  /** Also when it comes again: with a fresh token for another room, or for the same where its server was away. */
  async #join(info: LiveEventData<'media.room'>): Promise<void> {
    const { wsUrl, room, token } = info
    const there = this.#joined?.wsUrl === wsUrl && this.#joined.room === room
    if (there && this.#connection?.state === 'connected') return
    this.dropped()
    this.#joined = info
    this.changed()
    let livekit: typeof LiveKit
    try {
      livekit = await import('livekit-client')
    } catch {
      if (this.#joined === info) this.#failed('The part of this viewer that joins LiveKit rooms could not be loaded.')
      return
    }
    if (this.#joined !== info) return
    const connection = new RoomConnection(livekit, this.#options, {
      track: (track, receiver) => {
        this.play(track, receiver)
        this.awaitFrame()
      },
      changed: () => this.changed(),
      lost: (why) => connection === this.#connection && this.#failed(why),
    })
    this.#connection = connection
    if (this.subscription.paused) connection.enable(false)
    this.measure()
    try {
      await connection.join(wsUrl, token)
      if (connection !== this.#connection) return
      this.subscription.settled()
      this.count.heard(wallNow())
      this.changed()
    } catch (error) {
      if (connection === this.#connection) this.#failed(error instanceof Error ? error.message : String(error))
    }
  }

  #failed(why: string): void {
    this.dropped()
    this.failed(why, false)
    this.changed()
  }
}
