/**
 * What the players have in common that ask for their picture over the live socket: one subscription, one count of
 * frames, and what the ladder reads of both. A player says in the abstract members what it makes of the peer that it
 * was given. Neighbours: subscription.ts; webrtc.ts and packetPlayer.ts extend it.
 */
import type { LiveParams, MediaPacket, Quality } from '@tandem/protocol'
import { Emitter } from '../emitter.ts'
import type { PeerState } from '../status.ts'
import { FrameCount } from './frameCount.ts'
import type { MediaEvent, Player, PlayerEvents, Signals } from './player.ts'
import { Subscription } from './subscription.ts'

export abstract class SubscribedPlayer implements Player {
  readonly transport: LiveParams<'media.start'>['transport']
  readonly events = new Emitter<PlayerEvents>()
  protected readonly signals: Signals
  protected readonly subscription: Subscription
  protected readonly count: FrameCount

  /** `transport`: what the server is asked for. `everyFrameIsNew`: as FrameCount has it. */
  constructor(signals: Signals, transport: LiveParams<'media.start'>['transport'], { everyFrameIsNew = false } = {}) {
    this.transport = transport
    this.signals = signals
    this.count = new FrameCount({ everyFrameIsNew })
    this.subscription = new Subscription({
      signals,
      transport,
      params: () => this.params(),
      started: (peerId) => this.started(peerId),
      event: (message) => this.event(message),
      dropped: () => this.dropped(),
      changed: () => this.changed(),
      failed: (reason, fatal) => this.failed(reason, fatal),
    })
  }

  /** As Subscription's options of these names. */
  protected abstract params(): Partial<LiveParams<'media.start'>>
  protected abstract started(peerId: string): void
  protected abstract event(message: MediaEvent): void
  protected abstract dropped(): void

  abstract get state(): PeerState
  abstract start(): void
  abstract refresh(): Promise<void>
  abstract packet(packet: MediaPacket): void
  abstract networkChanged(): void
  abstract signalsLost(): void

  get why(): string | null {
    return this.subscription.why
  }

  get frames(): number {
    return this.count.frames
  }

  get lastMotionAt(): number | null {
    return this.count.lastMotionAt
  }

  get heardAt(): number | null {
    return this.count.heardAt
  }

  async pause(paused: boolean): Promise<void> {
    if (!paused) this.count.restart()
    await this.subscription.pause(paused)
  }

  setQuality(quality: Quality): void {
    this.subscription.setQuality(quality)
  }

  handle(message: MediaEvent): void {
    this.subscription.handle(message)
  }

  stop(): void {
    this.subscription.stop()
  }

  close(): void {
    this.subscription.close()
    this.events.clear()
  }

  protected changed(): void {
    this.events.emit('changed', undefined)
  }

  protected failed(reason: string, fatal: boolean): void {
    this.events.emit('failed', { reason, fatal })
  }
}
