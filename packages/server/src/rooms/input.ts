/**
 * What participants of the room send: packet -> whether its sender may, now -> the browser. The role and the credential
 * are those of this very moment (`people.ts`), the wheel is asked of control, at each packet. Refusals are told to the
 * sender alone, at most twice a second; what no client of ours sends is only counted.
 */
import { isMove, isRelease, TandemError, toWireError } from '@tandem/protocol'
import type { InputAck, InputEvent } from '@tandem/protocol'
import type { LiveBrowser } from '@tandem/browser'
import { allows, credentialOf } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import type { Control } from '../control/control.ts'
import type { Clock } from '../control/types.ts'
import { InputValve } from '../live/inputValve.ts'
import type { Metrics } from '../metrics.ts'
import { readPacket } from './dialect.ts'
import type { RoomPacket } from './dialect.ts'
import type { Participant } from './participant.ts'

const REFUSAL_EVERY_MS = 500
const MOVE_FLUSH_MS = 20

export interface RoomInputOptions {
  control: Control
  clock: Clock
  metrics: Pick<Metrics, 'roomPacketRefused'>
  /** The one check of the session. @throws TandemError `control/…`, `browser/crashed` */
  drive(clientId: string): LiveBrowser
  running(): LiveBrowser | null
  /** A handback waits for this. */
  ofHuman<T>(work: Promise<T>): Promise<T>
  /** By which credential somebody took control by REST under this client id. */
  principalOf(clientId: string): Principal | null
  isParticipant(clientId: string): boolean
  send(to: string, text: string, reliable: boolean): void
  /** Who of the room drives may have changed. */
  bound(): void
}

interface Sender {
  valve: InputValve
  flush: (() => void) | null
  refusedAt: number
}

export class RoomInput {
  readonly #options: RoomInputOptions
  readonly #senders = new Map<Participant, Sender>()
  /** Who steers in the name of a REST client that took control, and in which epoch. */
  #bound: { epoch: number; identity: string } | null = null

  constructor(options: RoomInputOptions) {
    this.#options = options
  }

  /** The participant that drives, under its own name or that of the REST client of its credential. */
  get driver(): string | null {
    const { control, isParticipant } = this.#options
    const holder = control.holder?.clientId ?? null
    if (holder === null || isParticipant(holder)) return holder
    return this.#bound?.epoch === control.info.epoch ? this.#bound.identity : null
  }

  receive(participant: Participant, text: string, reliable: boolean): void {
    const packet = readPacket(text)
    if (packet.kind === 'refused') return this.#options.metrics.roomPacketRefused(packet.problem)
    const receipt = packet.kind === 'input' ? packet.receipt : null
    try {
      this.#assertMay(participant)
      const status = this.#do(participant, packet, reliable)
      if (receipt !== null) this.#acknowledge(participant, receipt, status)
    } catch (error) {
      this.#refuse(participant, error)
      const { code } = toWireError(error)
      const denied = code.startsWith('control/') || code.startsWith('auth/') || code === 'request/rate-limited'
      if (receipt !== null) this.#acknowledge(participant, receipt, denied ? 'dropped' : 'failed')
    }
  }

  /** Nobody is there to lift what is held down, also when control is kept for a return. Answers in whose name it drove, if not its own. */
  left(participant: Participant): string | null {
    this.#senders.get(participant)?.flush?.()
    this.#senders.delete(participant)
    const { control, running } = this.#options
    if (this.driver !== participant.identity) return null
    running()?.releaseInput()
    const holder = control.holder?.clientId ?? null
    if (holder === participant.identity) return null
    // It may come back as somebody else, with another token of the same credential.
    this.#bound = null
    return holder
  }

  close(): void {
    for (const { flush } of this.#senders.values()) flush?.()
    this.#senders.clear()
  }

  #assertMay({ principal, closed }: Participant): void {
    if (closed) throw new TandemError('auth/revoked')
    if (!allows(principal.role, 'control')) throw new TandemError('auth/forbidden', undefined, { needs: 'control', role: principal.role })
  }

  #do(participant: Participant, packet: Exclude<RoomPacket, { kind: 'refused' }>, reliable: boolean): InputAck['status'] {
    const { clock, send, ofHuman } = this.#options
    switch (packet.kind) {
      case 'ping':
        // Counts as an event, so that echoes are no way to flood.
        if (this.#sender(participant).valve.admit([{ type: 'ping', timestamp: 0 }], clock.elapsed()).refused === 0)
          send(participant.identity, packet.text, false)
        return 'applied'
      case 'navigate':
        ofHuman(this.#drive(participant).navigate(packet.url)).catch((error: unknown) => this.#refuse(participant, error))
        return 'applied'
      case 'activateTab':
        void this.#activate(participant, packet)
        return 'applied'
      case 'input':
        return this.#input(participant, packet.event, reliable)
    }
  }

  #input(participant: Participant, sent: InputEvent, reliable: boolean): InputAck['status'] {
    const { clock, control } = this.#options
    // A pointer that only passes over the picture takes nothing, and its owner need not be told so.
    if (sent.type === 'mouseMove' && control.mode === 'manual' && !control.holder) return 'dropped'
    const now = clock.elapsed()
    const event = participant.gesture.read(sent, { reliable, now })
    const browser = this.#drive(participant, isRelease(sent))
    if (!event) return 'dropped'
    const sender = this.#sender(participant)
    const admitted = sender.valve.admit([event], now)
    if (admitted.events.length > 0) browser.input(admitted.events)
    if (sender.valve.hasWaiting) sender.flush ??= clock.after(MOVE_FLUSH_MS, () => this.#flush(participant, sender))
    if (admitted.refused > 0) throw new TandemError('request/rate-limited', 'Input was dropped: too many events a second.')
    return isMove(event) && admitted.events.length === 0 ? 'dropped' : 'applied'
  }

  #flush(participant: Participant, sender: Sender): void {
    const { clock } = this.#options
    sender.flush = null
    try {
      this.#assertMay(participant)
      const browser = this.#drive(participant, true)
      const { events } = sender.valve.flush(clock.elapsed())
      if (events.length > 0) browser.input(events)
      if (sender.valve.hasWaiting) sender.flush = clock.after(MOVE_FLUSH_MS, () => this.#flush(participant, sender))
    } catch (error) {
      this.#refuse(participant, error)
    }
  }

  /** In whose name this participant drives is decided here; whether that one may, by control. */
  #drive(participant: Participant, takesNothing = false): LiveBrowser {
    const { control, drive } = this.#options
    const { identity, viewer } = participant
    // In mode `manual` there is no agent to wait for: whoever acts first has the wheel, at once.
    if (control.mode === 'manual' && !control.holder && !takesNothing) {
      control.takeover({ clientId: identity, name: viewer.name, role: viewer.role }).catch(() => undefined)
    }
    return drive(this.#nameOf(participant))
  }

  #nameOf({ identity, principal }: Participant): string {
    const { control, principalOf, isParticipant } = this.#options
    const holder = control.holder?.clientId
    if (holder === undefined || holder === identity || holder.startsWith('vwr_') || isParticipant(holder)) return identity
    const taker = principalOf(holder)
    if (!taker || credentialOf(taker) !== credentialOf(principal)) return identity
    const { epoch } = control.info
    if (this.#bound?.epoch !== epoch) {
      this.#bound = { epoch, identity }
      this.#options.bound()
    }
    if (this.#bound.identity !== identity) return identity
    // Whoever was away, and was waited for under that name, is back.
    control.holderReturned(holder)
    return holder
  }

  async #activate(participant: Participant, { tabId, requestId }: Extract<RoomPacket, { kind: 'activateTab' }>): Promise<void> {
    const answer = await (async () => this.#drive(participant).activateTab(tabId))().then(
      () => ({ ok: true }),
      (error: unknown) => ({ ok: false, error: toWireError(error).code }),
    )
    this.#options.send(participant.identity, JSON.stringify({ type: 'activateTabResult', requestId, ...answer }), true)
  }

  #acknowledge(participant: Participant, id: string, status: InputAck['status']): void {
    const ack: InputAck = { type: 'inputAck', id, status }
    this.#options.send(participant.identity, JSON.stringify(ack), true)
  }

  #refuse(participant: Participant, error: unknown): void {
    const { clock, metrics, send } = this.#options
    const { code, message } = toWireError(error)
    metrics.roomPacketRefused(code)
    const sender = this.#sender(participant)
    const now = clock.elapsed()
    if (now - sender.refusedAt < REFUSAL_EVERY_MS) return
    sender.refusedAt = now
    send(participant.identity, JSON.stringify({ type: 'inputRefused', code, message }), true)
  }

  #sender(participant: Participant): Sender {
    const known = this.#senders.get(participant)
    if (known) return known
    const sender: Sender = { valve: new InputValve(this.#options.clock.elapsed()), flush: null, refusedAt: Number.NEGATIVE_INFINITY }
    if (!participant.closed) this.#senders.set(participant, sender)
    return sender
  }
}
