/**
 * Data packets of the room on their way to the server: what is too large, no text, or one of too many stops here, since
 * every packet that passes crosses CDP. Knows nothing of what packets mean, but for releases: none of those is dropped.
 */
import { ROOM_PACKET_MAX_BYTES, type CaptureMessage } from '@tandem/protocol'

/** Of one participant: four times what a person with a mouse of 120 Hz sends. */
const PACKETS_PER_S = 500
/** Nobody lets go of more keys and buttons; whoever sends more floods with releases. */
const RELEASES_PER_S = 500
const RELEASE_MAX_BYTES = 512
/** A key or button whose release is lost stays down. */
const RELEASE = /"type"\s*:\s*"(?:mouseUp|keyUp|touchEnd|release)"/
const REPORT_EVERY_MS = 500

type Message = Extract<CaptureMessage, { type: 'roomData' | 'roomRefused' }>
type Refusal = Extract<CaptureMessage, { type: 'roomRefused' }>

interface Count {
  since: number
  packets: number
  releases: number
}

export interface Packet {
  payload: Uint8Array
  /** Identity of the sender. */
  from: string
  topic: string | undefined
  reliable: boolean
}

export class RoomInbox {
  readonly #emit: (message: Message) => void
  readonly #now: () => number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #counts = new Map<string, Count>()
  readonly #refusals = new Map<string, Refusal>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `now`: ms. */
  constructor(emit: (message: Message) => void, now: () => number = () => performance.now()) {
    this.#emit = emit
    this.#now = now
  }

  take({ payload, from, topic, reliable }: Packet): void {
    const count = this.#count(from)
    if (payload.byteLength > ROOM_PACKET_MAX_BYTES) return this.#refuse(from, 'too-large')
    const isFlood = count.packets > PACKETS_PER_S
    if (isFlood && payload.byteLength > RELEASE_MAX_BYTES) return this.#refuse(from, 'flood')
    const text = this.#read(payload)
    if (text === null) return this.#refuse(from, 'not-text')
    if (isFlood && (!RELEASE.test(text) || ++count.releases > RELEASES_PER_S)) return this.#refuse(from, 'flood')
    this.#emit({ type: 'roomData', from, topic: topic || null, text, reliable })
  }

  /** This participant is gone. */
  forget(from: string): void {
    this.#counts.delete(from)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#refusals.clear()
  }

  /** The packets of this second with this one, and the releases beyond the flood's begin. */
  #count(from: string): Count {
    const now = this.#now()
    let count = this.#counts.get(from)
    if (!count || now - count.since >= 1_000) {
      count = { since: now, packets: 0, releases: 0 }
      this.#counts.set(from, count)
    }
    count.packets++
    return count
  }

  #read(payload: Uint8Array): string | null {
    try {
      return this.#decoder.decode(payload)
    } catch {
      return null
    }
  }

  #refuse(from: string, reason: Refusal['reason']): void {
    const key = `${reason} ${from}`
    const refusal = this.#refusals.get(key)
    if (refusal) refusal.count++
    else this.#refusals.set(key, { type: 'roomRefused', from, count: 1, reason })
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      for (const each of this.#refusals.values()) this.#emit(each)
      this.#refusals.clear()
    }, REPORT_EVERY_MS)
  }
}
