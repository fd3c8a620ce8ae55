/**
 * Who is in the room, of those whom we gave a token: each is let in here by what its token says of it, and is a viewer of
 * the session from then on. Whoever was sent away, or whose credential has ended, is removed again as often as it comes.
 * Others (an operator's own recorder, made with the API secret) are nobody's viewers, and nothing is taken from them.
 */
import { CLOSE, CUSTOMER_IDENTITY_PREFIX, VIEWER_IDENTITY_PREFIX } from '@tandem/protocol'
import type { RoomParticipant } from '@tandem/protocol'
import { allows } from '../access/principal.ts'
import type { Clock, Departure } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { Watcher } from '../sessions/watchers.ts'
import { Participant } from './participant.ts'
import type { Credentials } from './types.ts'

/** The attribute of a token that says for whom it was made. */
export const PROOF_ATTRIBUTE = 'tandem.proof'
/** Without the room nobody is seen to leave: after so long they have. Nor is a newcomer seen at once: LiveKit tells of those who publish nothing every 3 s. */
const UNSEEN_MS = 15_000
/** The SFU's own list may be as old as this: who has come since is not in it. */
const LIST_AGE_MS = 3_000
/** Whom we gave a token and have not seen yet: so many are known at once when they speak before they are seen. */
const MAX_ANNOUNCED = 200
/** No token of a participant is good for longer, and some minutes that LiveKit adds for who is there. */
const TOKEN_LIFE_MS = 25 * 3_600_000

export interface PeopleOptions {
  sessionId: string
  credentials: Credentials
  clock: Clock
  log: Logger
  /** There is no place for one more viewer of this kind. */
  isFull(): boolean
  join(watcher: Watcher): void
  leave(watcher: Watcher, how: Departure): void
  /** It is let in: it may be told what there is. */
  came(participant: Participant): void
  gone(participant: Participant, how: Departure): void
  /** Viewers of ours who are to be in the room. */
  watching(): readonly string[]
  /** Sends it out of the room at the SFU. */
  remove(identity: string): void
  /** Who may see the picture may have changed. */
  changed(): void
}

interface Guest {
  /** ms of the clock's `elapsed`. */
  since: number
  /** In the room's list at least once. */
  seen: boolean
  /** It is looked at, or was. */
  arriving: boolean
  /** Null before it is let in. */
  participant: Participant | null
  /** What it sent meanwhile. */
  waiting: (() => void)[]
  undo(): void
}

const MAX_WAITING = 64
const MAX_GUESTS = 2_000

export class People {
  readonly #options: PeopleOptions
  readonly #guests = new Map<string, Guest>()
  /** They may not come back; since when, in ms of the clock's `elapsed`. */
  readonly #banned = new Map<string, number>()
  #seen: readonly string[] = []
  readonly #announced = new Map<string, RoomParticipant>()
  #unseen: (() => void) | null = null

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** Everybody in the room, ours or not, also those who are not shown there yet. */
  get identities(): readonly string[] {
    return [...new Set([...this.#seen, ...this.#guests.keys()])]
  }

  /** Who may have the picture and what is told; null: everybody, as long as nobody was sent away, who may be back before it is seen. */
  get audience(): string[] | null {
    if (this.#banned.size === 0) return null
    const all = new Set([...this.#seen, ...this.#announced.keys(), ...this.#options.watching()])
    return [...all].filter((identity) => !this.#banned.has(identity))
  }

  /** A viewer of ours is gone for good, or comes (back). */
  ban(identity: string, banned: boolean): void {
    if (banned) this.#ban(identity)
    else this.#banned.delete(identity)
    this.#options.changed()
  }

  /** Let in, and still welcome. */
  get(identity: string): Participant | null {
    const participant = this.#guests.get(identity)?.participant ?? null
    return participant?.closed === false ? participant : null
  }

  /** It has a token from now on, with this in it. */
  announce(participant: RoomParticipant): void {
    this.#announced.set(participant.identity, participant)
    const [oldest] = this.#announced.keys()
    if (this.#announced.size > MAX_ANNOUNCED && oldest !== undefined) this.#announced.delete(oldest)
    if (this.#banned.size > 0) this.#options.changed()
  }

  /** Calls back once it is known who that is; never for strangers. What is sent before its sender is seen waits for that. */
  whenKnown(identity: string, callback: (participant: Participant) => void): void {
    const known = this.get(identity)
    if (known) return callback(known)
    if (!identity.startsWith(CUSTOMER_IDENTITY_PREFIX)) return
    if (this.#banned.has(identity)) return this.#options.remove(identity)
    let guest = this.#guests.get(identity)
    if (!guest) {
      if (this.#guests.size >= MAX_GUESTS) return
      guest = this.#expect(identity)
      const announced = this.#announced.get(identity)
      if (announced) void this.#arrived(announced, guest)
    }
    if (guest.participant || guest.waiting.length >= MAX_WAITING) return
    guest.waiting.push(() => {
      const participant = this.get(identity)
      if (participant) callback(participant)
    })
  }

  /** Everybody else in the room, as the capture page sees them. */
  update(present: readonly RoomParticipant[]): void {
    this.#unseen?.()
    this.#unseen = null
    this.#seen = present.map(({ identity }) => identity)
    for (const [identity, guest] of [...this.#guests]) if (guest.seen && !this.#seen.includes(identity)) this.#left(identity)
    for (const participant of present) {
      const { identity } = participant
      if (this.#isUnwelcome(identity)) this.#options.remove(identity)
      else if (identity.startsWith(CUSTOMER_IDENTITY_PREFIX)) {
        const guest = this.#guests.get(identity) ?? this.#expect(identity)
        if (!guest.seen && !guest.arriving) void this.#arrived(participant, guest)
        guest.seen = true
      }
    }
    this.#options.changed()
  }

  /** The same as the SFU tells it on its own: who comes back under the same identity is not told to others in the room. */
  sawAt(identities: readonly string[]): void {
    for (const identity of identities) {
      if (this.#isUnwelcome(identity)) this.#options.remove(identity)
      else if (this.#announced.has(identity)) this.whenKnown(identity, () => undefined)
    }
    const now = this.#options.clock.elapsed()
    for (const [identity, guest] of [...this.#guests]) if (!identities.includes(identity) && now - guest.since > LIST_AGE_MS) this.#left(identity)
  }

  #isUnwelcome(identity: string): boolean {
    return this.#banned.has(identity) || (identity.startsWith(VIEWER_IDENTITY_PREFIX) && !this.#options.watching().includes(identity))
  }

  /** The browser is not in the room any more: for a while that says nothing of the others. */
  lost(): void {
    this.#unseen ??= this.#options.clock.after(UNSEEN_MS, () => this.update([]))
  }

  close(): void {
    this.#unseen?.()
    for (const { undo } of this.#guests.values()) undo()
    this.#guests.clear()
  }

  /** Somebody whom the room does not show yet, or not any more when it does not for long. */
  #expect(identity: string): Guest {
    const guest: Guest = { since: this.#options.clock.elapsed(), seen: false, arriving: false, participant: null, waiting: [], undo: () => undefined }
    const stopClock = this.#options.clock.after(UNSEEN_MS, () => {
      if (!guest.seen && this.#guests.get(identity) === guest) this.#left(identity)
    })
    guest.undo = stopClock
    this.#guests.set(identity, guest)
    return guest
  }

  async #arrived({ identity, name, attributes }: RoomParticipant, guest: Guest): Promise<void> {
    const { credentials, sessionId, log, remove } = this.#options
    guest.arriving = true
    const proof = attributes[PROOF_ATTRIBUTE]
    const principal = proof === undefined ? null : credentials.readProof(sessionId, identity, proof)
    // Nobody's viewer: it stays, unheard.
    if (!principal) return void guest.waiting.splice(0)
    const { undo } = guest
    const unwatch = credentials.watch(principal, (reason) => this.#expel(identity, reason))
    guest.undo = () => {
      undo()
      unwatch()
    }
    const welcome = await credentials.isWelcome(identity, principal).catch((error: unknown) => {
      log.warn({ err: error, identity }, 'the credential of a participant was not looked at')
      return null
    })
    // It left, or its credential ended, while it was looked at.
    if (this.#guests.get(identity) !== guest) return
    const full = welcome === true && this.#options.isFull() && !allows(principal.role, 'admin')
    if (!welcome || full) {
      log.info(
        { identity },
        full
          ? 'a participant was sent away: the session has as many viewers as it may'
          : 'a participant was sent away: its credential is not good, or not known to be',
      )
      this.#forget(identity)
      // A database that is away for a moment is no reason to keep it out for good.
      if (welcome === false) this.#ban(identity)
      this.#options.changed()
      return remove(identity)
    }
    const participant = new Participant({ identity, name, principal, onClose: (...closing) => this.#closed(...closing) })
    guest.participant = participant
    this.#options.join(participant)
    this.#options.came(participant)
    for (const tell of guest.waiting.splice(0)) tell()
    this.#options.changed()
  }

  #expel(identity: string, reason: string): void {
    const participant = this.get(identity)
    if (participant) return participant.close(CLOSE.unauthorized, reason)
    this.#forget(identity)
    this.#ban(identity)
    this.#options.remove(identity)
  }

  /** We end its watching: for good, or because the session or the server ends. */
  #closed(participant: Participant, code: number, reason: string): void {
    const { identity } = participant
    const forGood = code === CLOSE.unauthorized || code === CLOSE.kicked || code === CLOSE.replaced
    this.#forget(identity)
    this.#options.log.info({ identity, code, reason }, 'a participant was sent away')
    if (forGood) this.#ban(identity)
    const how = forGood ? 'goodbye' : 'lost'
    this.#options.gone(participant, how)
    this.#options.leave(participant, how)
    if (!forGood) return
    this.#options.changed()
    this.#options.remove(identity)
  }

  #left(identity: string): void {
    const participant = this.get(identity)
    this.#forget(identity)
    if (!participant) return
    // An SFU does not say whether a client said goodbye: it may have lost its network.
    this.#options.gone(participant, 'lost')
    this.#options.leave(participant, 'lost')
  }

  /** Whose token has ended by itself need not be remembered. */
  #ban(identity: string): void {
    const now = this.#options.clock.elapsed()
    for (const [other, since] of this.#banned) if (now - since > TOKEN_LIFE_MS) this.#banned.delete(other)
    this.#banned.set(identity, now)
  }

  #forget(identity: string): void {
    this.#guests.get(identity)?.undo()
    this.#guests.delete(identity)
  }
}
