/** What a live method is given beside its params. */
import type { Principal } from '../access/principal.ts'
import type { Party } from '../control/types.ts'
import type { Session } from '../sessions/session.ts'
import type { Watcher } from '../sessions/watchers.ts'

export interface LiveContext {
  readonly session: Session
  readonly watcher: Watcher
  readonly principal: Principal
  /** The viewer as control knows it. */
  party(): Party
}
