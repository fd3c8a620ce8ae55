/** The page that a new session is asked to begin with. */
import { toWireError } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Session } from './session.ts'

/** POST waits this long for the first page to begin; a slower one goes on loading behind the answer. */
const FIRST_PAGE_MS = 3_000

/** A page that cannot be reached is no reason to refuse the session: its page state says what is wrong. */
export async function openFirstPage(session: Session, url: string, clock: Clock): Promise<void> {
  let stopClock = (): void => undefined
  const waited = new Promise<void>((resolve) => {
    stopClock = clock.after(FIRST_PAGE_MS, resolve)
  })
  // The code alone: an address may hold a secret.
  const opened = session.browser.navigate(url).catch((error: unknown) => session.log.info({ code: toWireError(error).code }, 'the first page was not opened'))
  await Promise.race([opened, waited])
  stopClock()
}
