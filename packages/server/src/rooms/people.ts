/**
 * Who is in the room, of those whom we gave a token: each is let in here by what its token says of it, and is a viewer of
 * the session from then on. Whoever was sent away, or whose credential has ended, is removed again as often as it comes.
 * Others (an operator's own recorder, made with the API secret) are nobody's viewers, and nothing is taken from them.
 */
import { CLOSE, CUSTOMER_IDENTITY_PREFIX } from '@tandem/protocol'
import type { RoomParticipant } from '@tandem/protocol'
import { allows } from '../access/principal.ts'
import type { Clock, Departure } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { Watcher } from '../sessions/watchers.ts'
import { Participant } from './participant.ts'
import type { Credentials } from './types.ts'

/** The attribute of a token that says for whom it was made. */
export const PROOF_ATTRIBUTE = 'tandem.proof'
/** Without the room nobody is seen to leave: after so long they have. */
const UNSEEN_MS = 15_000

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
  /** Sends it out of the room at the SFU. */
  remove(identity: string): void
  /** Who may see the picture may have changed. */
  changed(): void
}

interface Guest {
  /** Null while it is looked at. */
  participant: Participant | null
  /** What it sent meanwhile. */
  waiting: (() => void)[]
  undo(): void
}

const MAX_WAITING = 64

export class People {
  readonly #options: PeopleOptions
  readonly #guests = new Map<string, Guest>()
  /** They may not come back. */
  readonly #banned = new Set<string>()
  #seen: readonly string[] = []
  #unseen: (() => void) | null = null

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** Everybody in the room, ours or not. */
  get identities(): readonly string[] {
    return this.#seen
  }

  /** Somebody who may not see the picture could be in the room. */
  get guarded(): boolean {
    return this.#banned.size > 0
  }

  isBanned(identity: string): boolean {
    return this.#banned.has(identity)
  }

  /** Let in, and still welcome. */
  get(identity: string): Participant | null {
    const participant = this.#guests.get(identity)?.participant ?? null
    return participant?.closed === false ? participant : null
  }

  /** Calls back once it is known who that is; never for strangers. */
  whenKnown(identity: string, callback: (participant: Participant) => void): void {
    const known = this.get(identity)
    if (known) return callback(known)
    const guest = this.#guests.get(identity)
    if (!guest || guest.participant || guest.waiting.length >= MAX_WAITING) return
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
    for (const identity of [...this.#guests.keys()]) if (!this.#seen.includes(identity)) this.#left(identity)
    for (const participant of present) {
      if (this.#banned.has(participant.identity)) this.#options.remove(participant.identity)
      else if (!this.#guests.has(participant.identity)) void this.#arrived(participant)
    }
    this.#options.changed()
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

  async #arrived({ identity, name, attributes }: RoomParticipant): Promise<void> {
    const { credentials, sessionId, log, remove } = this.#options
    const proof = attributes[PROOF_ATTRIBUTE]
    const principal = identity.startsWith(CUSTOMER_IDENTITY_PREFIX) && proof !== undefined ? credentials.readProof(sessionId, identity, proof) : null
    if (!principal) return
    const guest: Guest = { participant: null, waiting: [], undo: () => undefined }
    this.#guests.set(identity, guest)
    guest.undo = credentials.watch(principal, (reason) => this.#expel(identity, reason))
    const welcome = await credentials.isWelcome(identity, principal).catch((error: unknown) => {
      log.warn({ err: error, identity }, 'the credential of a participant was not looked at')
      return false
    })
    // It left, or its credential ended, while it was looked at.
    if (this.#guests.get(identity) !== guest) return
    const full = welcome && this.#options.isFull() && !allows(principal.role, 'admin')
    if (!welcome || full) {
      log.info(
        { identity },
        full ? 'a participant was sent away: the session has as many viewers as it may' : 'a participant was sent away: its credential has ended',
      )
      this.#forget(identity)
      if (!full) this.#banned.add(identity)
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
    this.#banned.add(identity)
    this.#options.remove(identity)
  }

  /** We end its watching: for good, or because the session or the server ends. */
  #closed(participant: Participant, code: number, reason: string): void {
    const { identity } = participant
    const forGood = code === CLOSE.unauthorized || code === CLOSE.kicked || code === CLOSE.replaced
    this.#forget(identity)
    this.#options.log.info({ identity, code, reason }, 'a participant was sent away')
    if (forGood) this.#banned.add(identity)
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

  #forget(identity: string): void {
    this.#guests.get(identity)?.undo()
    this.#guests.delete(identity)
  }
}
