/**
 * A rung whose packets come over the live socket: connected while it is subscribed, begun anew with each socket, its
 * frames painted on a canvas and metered here. Neighbours: websocket.ts and jpeg.ts extend it.
 */
import type { MediaPacket } from '@tandem/protocol'
import { wallNow } from '../live/serverClock.ts'
import type { PeerState } from '../status.ts'
import { Meter } from './meter.ts'
import type { PaintedFrame, Signals } from './player.ts'
import { SubscribedPlayer } from './subscribedPlayer.ts'

export abstract class PacketPlayer extends SubscribedPlayer {
  protected readonly meter = new Meter((sample) => this.events.emit('sampled', sample))

  constructor(signals: Signals, transport: 'websocket' | 'jpeg') {
    super(signals, transport, { everyFrameIsNew: true })
  }

  get state(): PeerState {
    if (this.subscription.peerId !== null) return 'connected'
    return this.subscription.starting ? 'connecting' : 'none'
  }

  networkChanged(): void {}

  /** All of it came over the socket: the next one begins anew. */
  signalsLost(): void {
    this.subscription.forget()
    this.changed()
  }

  packet(packet: MediaPacket): void {
    if (!this.takes(packet) || !this.playing) return
    this.meter.packets++
    this.meter.bytes += packet.payload.byteLength
    this.count.heard(wallNow())
    this.play(packet)
  }

  /** This packet is of this rung. */
  protected abstract takes(packet: MediaPacket): boolean
  protected abstract play(packet: MediaPacket): void

  protected get playing(): boolean {
    return this.subscription.wanted && !this.subscription.paused
  }

  protected started(): void {
    this.meter.start()
    this.count.heard(wallNow())
    this.subscription.settled()
    this.changed()
  }

  protected dropped(): void {
    this.meter.stop()
    this.count.reset()
  }

  /** Closes the picture, once it is painted. */
  protected paint(frame: PaintedFrame): void {
    this.meter.frames++
    this.meter.width = frame.width
    this.meter.height = frame.height
    const first = this.count.frame(wallNow())
    this.events.emit('frame', frame)
    frame.image.close()
    if (first) this.changed()
  }
}
