/** Somebody who watches by any LiveKit client: to the session a viewer like all others, with a room in place of a socket. */
import type { Viewer } from '@tandem/protocol'
import type { Principal } from '../access/principal.ts'
import type { Arrival, MediaOutlet, Watcher } from '../sessions/watchers.ts'
import { Gesture } from './gesture.ts'

/** Its picture comes from the SFU. */
const NO_OUTLET: MediaOutlet = { backlog: 0, send: () => undefined, whenReached: () => undefined }

export interface ParticipantOptions {
  identity: string
  name: string
  principal: Principal
  /** `code`: as a socket would be closed. */
  onClose(participant: Participant, code: number, reason: string): void
}

export class Participant implements Watcher {
  readonly viewer: Viewer
  readonly arrival: Arrival
  readonly media = NO_OUTLET
  readonly stats = null
  readonly gesture = new Gesture()
  readonly #onClose: ParticipantOptions['onClose']
  #closed = false

  constructor({ identity, name, principal, onClose }: ParticipantOptions) {
    this.viewer = { id: identity, name, role: principal.role, transport: 'room', joinedAt: new Date().toISOString(), kind: 'human' }
    this.arrival = { principal, address: null, userAgent: null, base: '' }
    this.#onClose = onClose
  }

  get identity(): string {
    return this.viewer.id
  }

  get principal(): Principal {
    return this.arrival.principal
  }

  /** Nothing that it does counts any more. */
  get closed(): boolean {
    return this.#closed
  }

  close(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClose(this, code, reason)
  }

  /** Clients of rooms are told by topics (`topics.ts`), all at once. */
  welcome(): void {}
  send(): void {}
  sendText(): void {}
  blank(): void {}
}
