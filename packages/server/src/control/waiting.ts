import type { TandemError, ControlInfo } from '@tandem/protocol'
import type { Clock, Party } from './types.ts'

/** A takeover that has not been granted yet: one promise for everybody who asks for the same. */
export class Waiting {
  readonly party: Party
  readonly granted: Promise<ControlInfo>
  readonly resolve: (info: ControlInfo) => void
  readonly reject: (error: TandemError) => void

  constructor(party: Party) {
    this.party = party
    const { promise, resolve, reject } = Promise.withResolvers<ControlInfo>()
    this.granted = promise
    this.resolve = resolve
    this.reject = reject
  }
}

/** Something that a change of driver waits for. */
export type Hook = () => Promise<void>

/** What a handback waits for; null: nothing. */
export type Settle = () => Promise<void> | null

/** Resolves when all hooks have, however they ended, or after `ms`. */
export function withinMs(clock: Clock, ms: number, hooks: Iterable<Hook>): { promise: Promise<void>; cancel: () => void } {
  let cancel = (): void => {}
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve)
  })
  const done = Promise.allSettled([...hooks].map((hook) => hook())).then(() => cancel())
  return { promise: Promise.race([late, done]), cancel: () => cancel() }
}
