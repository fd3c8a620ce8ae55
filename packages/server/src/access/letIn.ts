/**
 * Everything that was let in by a credential and is still here: sockets, waiting requests, streams of events. When the
 * credential is revoked (here, or on another server that shares the database) or its time is over, each is told once.
 * It knows nothing of what it ends. Timers run by a clock that nobody sets and look at `SteadyTime` when they fire.
 */
import { credentialsOf } from './principal.ts'
import type { Principal } from './principal.ts'
import type { SteadyTime } from './steadyTime.ts'

export type CredentialEnd = 'auth/revoked' | 'auth/expired'

/** A machine that slept, or whose clock was set, is noticed within this time; Node's timers hold 24 days at most anyway. */
const LOOK_AT_LEAST_EVERY_MS = 5_000
/** Longer than anybody is on the way from being looked at to being let in. */
const REVOKED_KEPT_MS = 60_000

interface Guest {
  readonly credentials: readonly string[]
  end(code: CredentialEnd): void
}

export class LetIn {
  readonly #time: SteadyTime
  readonly #guests = new Map<string, Set<Guest>>()
  /** Lately: whoever was looked at just before comes too late. */
  readonly #revoked = new Set<string>()

  constructor(time: SteadyTime) {
    this.#time = time
  }

  /** Tells once when one of the principal's credentials ends. Returns the undo. */
  watch(principal: Principal, onEnd: (code: CredentialEnd) => void): () => void {
    const credentials = credentialsOf(principal)
    let timer: NodeJS.Timeout | undefined
    const undo = (): void => {
      clearTimeout(timer)
      for (const id of credentials) {
        const guests = this.#guests.get(id)
        guests?.delete(guest)
        if (guests?.size === 0) this.#guests.delete(id)
      }
    }
    const guest: Guest = {
      credentials,
      end: (code) => {
        undo()
        onEnd(code)
      },
    }
    for (const id of credentials) {
      const guests = this.#guests.get(id) ?? new Set()
      this.#guests.set(id, guests.add(guest))
    }
    const { expiresAt } = principal
    if (credentials.some((id) => this.#revoked.has(id))) {
      // Not at once: the caller has not taken the undo yet.
      timer = setTimeout(() => guest.end('auth/revoked'), 0).unref()
    } else if (expiresAt) {
      const look = (): void => {
        const left = expiresAt.getTime() - this.#time.now()
        if (left <= 0) return guest.end('auth/expired')
        timer = setTimeout(look, Math.min(left + 1, LOOK_AT_LEAST_EVERY_MS)).unref()
      }
      timer = setTimeout(look, Math.max(0, Math.min(expiresAt.getTime() - this.#time.now() + 1, LOOK_AT_LEAST_EVERY_MS))).unref()
    }
    return undo
  }

  /** A token or key was revoked: whoever came with it is let go. */
  revoked(credential: string): void {
    if (!this.#revoked.has(credential)) setTimeout(() => this.#revoked.delete(credential), REVOKED_KEPT_MS).unref()
    this.#revoked.add(credential)
    for (const guest of [...(this.#guests.get(credential) ?? [])]) guest.end('auth/revoked')
  }

  /** Credentials with somebody here: what has to be asked about where other servers may revoke too. */
  credentials(): string[] {
    return [...this.#guests.keys()]
  }
}
