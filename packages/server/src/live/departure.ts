/** What the close code of a viewer's socket says of how it went. */
import { CLOSE } from '@tandem/protocol'
import type { Departure } from '../control/types.ts'

/** Whoever said goodbye, lost the right to watch or was replaced is gone at once. */
const GOODBYES: readonly number[] = [CLOSE.goodbye, CLOSE.unauthorized, CLOSE.kicked, CLOSE.replaced]

/** A reload of the page looks like 1001; a network that died has no code of its own. */
export function departure(code: number): Departure {
  if (GOODBYES.includes(code)) return 'goodbye'
  return code === CLOSE.leaving ? 'leaving' : 'lost'
}
