/**
 * Carries out what the ladder decides: makes the players, starts and ends them, hears how they fare, and passes on
 * what the shown one makes. It decides nothing (ladder.ts) and draws nothing (picture.ts). A player is made when it
 * is first needed and kept, so that a rung which is tried again costs no more than its start.
 */
import type { MediaPacket, Quality, Rungs as Offers, Transport } from '@tandem/protocol'
import { Emitter } from '../emitter.ts'
import { wallNow } from '../live/serverClock.ts'
import { stallOf } from '../status.ts'
import type { RungFacts } from '../status.ts'
import { Ladder } from './ladder.ts'
import type { Report, Wish } from './ladder.ts'
import type { MediaEvent, PaintedFrame, Player, PlayerEvents, VideoStream } from './player.ts'

const LOOK_EVERY_MS = 250

/** A rung, as far as it must be known before its player is made. */
export interface RungKind {
  /** Null, or why this environment can never play it. */
  impossible: string | null
  make(): Player
}

export interface RungsOptions {
  kinds: Record<Transport, RungKind>
  wish: Wish
  quality: Quality
  /** What else is known of the picture at this moment. */
  facts(): Omit<RungFacts, 'transport' | 'player'>
}

export interface RungsEvents {
  /** Another rung is on the screen; null: none any more. */
  shown: Player | null
  /** A frame of the shown rung, for canvases. */
  frame: PaintedFrame
  /** A stream that may be shown soon: stages make ready for it; null: it is gone. */
  video: { transport: Transport; video: VideoStream | null }
  /** The sound of the shown rung. */
  audio: MediaStream | null
  changed: undefined
  sampled: PlayerEvents['sampled'] & { transport: Transport }
}

export class Rungs {
  readonly events = new Emitter<RungsEvents>()
  readonly #options: RungsOptions
  readonly #ladder: Ladder
  readonly #players = new Map<Transport, Player>()
  readonly #running = new Set<Transport>()
  readonly #sounds = new Map<Transport, MediaStream>()
  #quality: Quality
  #shown: Player | null = null
  #why: string | null = null
  #wanted = false
  #paused = false
  #deciding = false
  #closed = false
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: RungsOptions) {
    this.#options = options
    this.#quality = options.quality
    const { webrtc, room, websocket, jpeg, screenshots } = options.kinds
    const impossible = {
      webrtc: webrtc.impossible,
      room: room.impossible,
      websocket: websocket.impossible,
      jpeg: jpeg.impossible,
      screenshots: screenshots.impossible,
    }
    this.#ladder = new Ladder({ wish: options.wish, impossible, now: wallNow() })
  }

  /** Whose picture is on the screen, its last one where it stands still. */
  get shown(): Player | null {
    return this.#shown
  }

  /** The shown player while it runs, else the one that is to show next. */
  get foremost(): Player | null {
    const [first] = this.#running
    if (first === undefined || (this.#shown && this.#running.has(this.#shown.transport))) return this.#shown
    return this.#players.get(first) ?? null
  }

  get wish(): Wish {
    return this.#ladder.wish
  }

  get quality(): Quality {
    return this.#quality
  }

  get wanted(): boolean {
    return this.#wanted
  }

  /** Why not a better one. */
  get why(): string | null {
    return this.#why
  }

  get impossible(): string | null {
    return this.#ladder.impossible
  }

  /** Why nothing is shown, as far as it is known. */
  get trouble(): string | null {
    return this.foremost?.why ?? (this.#running.size === 0 ? this.#ladder.trouble : null)
  }

  get heardAt(): number | null {
    const player = this.foremost
    return player ? heardAt(player, this.#options.facts()) : null
  }

  start(): void {
    if (this.#closed) return
    this.#wanted = true
    this.#timer ??= setInterval(() => this.#decide(), LOOK_EVERY_MS)
    this.#decide()
  }

  /** The picture is off: nothing runs, and the server is told. The last picture stays on the screen. */
  stop(): void {
    this.#wanted = false
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#ladder.stop()
    for (const transport of [...this.#running]) this.#end(transport)
    this.#show(null)
  }

  pause(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    for (const player of this.#active()) void player.pause(paused)
    if (!paused) this.#ladder.resumed(wallNow())
    this.#decide()
  }

  setQuality(quality: Quality): void {
    this.#quality = quality
    for (const player of this.#players.values()) player.setQuality(quality)
  }

  choose(wish: Wish): void {
    const relayed = (wish === 'relay') !== (this.#ladder.wish === 'relay')
    this.#ladder.choose(wish)
    if (relayed && this.#running.has('webrtc')) this.#end('webrtc')
    this.#decide()
  }

  offered(offers: Offers): void {
    this.#ladder.offered(offers)
    this.#decide()
  }

  /** The live socket is open, or it is not. */
  signals(open: boolean): void {
    this.#ladder.signals(open, wallNow())
    for (const player of this.#active()) {
      if (open) player.start()
      else player.signalsLost()
    }
    this.#decide()
  }

  /** The browser is back: nobody waits out the time after which it would ask again. */
  browserBack(): void {
    this.#ladder.resumed(wallNow())
    for (const player of this.#active()) player.start()
    this.#decide()
  }

  networkChanged(): void {
    this.#ladder.networkChanged()
    for (const player of this.#active()) player.networkChanged()
    this.#decide()
  }

  async refresh(): Promise<void> {
    await this.#shown?.refresh()
  }

  handle(message: MediaEvent): void {
    for (const player of this.#active()) player.handle(message)
  }

  packet(packet: MediaPacket): void {
    for (const player of this.#active()) player.packet(packet)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#wanted = false
    this.#running.clear()
    for (const player of this.#players.values()) player.close()
    this.#players.clear()
    this.events.clear()
  }

  #active(): Player[] {
    return [...this.#running].map((transport) => this.#player(transport))
  }

  #player(transport: Transport): Player {
    const made = this.#players.get(transport)
    if (made) return made
    const player = this.#options.kinds[transport].make()
    this.#players.set(transport, player)
    player.setQuality(this.#quality)
    player.events.on('changed', () => this.#changed())
    player.events.on('failed', ({ reason, fatal }) => this.#failed(player, reason, fatal))
    player.events.on('frame', (frame) => this.#frame(player, frame))
    player.events.on('video', (video) => this.events.emit('video', { transport, video }))
    player.events.on('audio', (audio) => {
      this.#sounds.set(transport, audio)
      if (player === this.#shown) this.events.emit('audio', audio)
    })
    player.events.on('sampled', (sample) => {
      if (player === this.#shown) this.events.emit('sampled', { ...sample, transport })
    })
    return player
  }

  #frame(player: Player, frame: PaintedFrame): void {
    // The first frame of a rung may put it on the screen: with this very frame.
    if (player !== this.#shown) this.#decide()
    if (player === this.#shown) this.events.emit('frame', frame)
  }

  #failed(player: Player, reason: string, fatal: boolean): void {
    this.#ladder.failed(player.transport, reason, fatal, wallNow())
    this.#end(player.transport)
    this.#decide()
  }

  #changed(): void {
    this.#decide()
    this.events.emit('changed', undefined)
  }

  #decide(): void {
    // What a player says while it is being started or ended is looked at once that is done.
    if (!this.#wanted || this.#paused || this.#deciding) return
    // While the browser is being restarted no rung is better than another.
    if (this.#options.facts().sessionPaused && this.#running.size > 0) return
    this.#deciding = true
    const now = wallNow()
    const plan = this.#ladder.decide(this.#reports(now), now)
    for (const transport of [...this.#running]) if (!plan.run.includes(transport)) this.#end(transport)
    for (const transport of plan.run) if (!this.#running.has(transport)) this.#begin(transport)
    this.#deciding = false
    const why = plan.why
    if (why !== this.#why) {
      this.#why = why
      this.events.emit('changed', undefined)
    }
    this.#show(plan.show === null ? null : this.#player(plan.show))
  }

  #reports(now: number): Map<Transport, Report> {
    const facts = this.#options.facts()
    return new Map(
      this.#active().map((player) => {
        const { transport, state, why, frames, lastMotionAt } = player
        const behindMs = player === this.#shown ? facts.behindMs : null
        const stalled = stallOf({ ...facts, now, transport, behindMs, player: { state, why, frames, lastMotionAt, heardAt: heardAt(player, facts) } })
        return [transport, { frames, stalled }]
      }),
    )
  }

  #begin(transport: Transport): void {
    this.#running.add(transport)
    this.#player(transport).start()
  }

  #end(transport: Transport): void {
    if (!this.#running.delete(transport)) return
    // Before the player ends: the last picture is kept from what still plays.
    this.events.emit('video', { transport, video: null })
    this.#player(transport).stop()
    this.#sounds.delete(transport)
  }

  #show(player: Player | null): void {
    if (player === this.#shown) return
    this.#shown = player
    this.events.emit('shown', player)
    this.events.emit('audio', player ? (this.#sounds.get(player.transport) ?? null) : null)
    this.events.emit('changed', undefined)
  }
}

/** What comes over the live socket is heard whenever the server is: a page at rest sends nothing else. */
function heardAt(player: Player, { socketHeardAt }: Pick<RungFacts, 'socketHeardAt'>): number | null {
  const overSocket = player.transport === 'websocket' || player.transport === 'jpeg'
  return overSocket && player.state === 'connected' ? Math.max(player.heardAt ?? 0, socketHeardAt ?? 0) || null : player.heardAt
}
