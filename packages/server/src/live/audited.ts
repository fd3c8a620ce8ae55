/** Which live methods the audit log remembers, and as what. Who takes the wheel is told by control itself (`access/auditSessions.ts`). */
import type { LIVE_METHODS, LiveMethod } from '@tandem/protocol'

/** What only admins may do is decided here, or does not compile. */
type AdminMethod = { [M in LiveMethod]: (typeof LIVE_METHODS)[M]['role'] extends 'admin' ? M : never }[LiveMethod]

const DECIDED: Record<AdminMethod, string | null> = {
  'session.setMode': 'session.mode',
  'session.close': 'session.close',
  // A matter of how the picture is made.
  'media.quietFrame': null,
}

export function auditedAs(method: string): string | null {
  return new Map<string, string | null>(Object.entries(DECIDED)).get(method) ?? null
}
