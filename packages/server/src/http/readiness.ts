/** What a load balancer wants to know: may a request be sent here now, and if not, why. */
import { accessSync, constants } from 'node:fs'
import { findChromium } from '@tandem/browser'
import { toWireError } from '@tandem/protocol'
import type { Config } from '../config.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'

/** A database that does not answer for so long is down as far as callers are concerned. */
const STORE_ANSWERS_MS = 2_000

/** Sentences; none: it is ready. */
export async function unreadiness({ config, store, sessions }: { config: Config; store: Store; sessions: Sessions }): Promise<string[]> {
  const reasons = sessions.draining ? ['The server is shutting down and takes no new sessions.'] : []
  const [database, chromium] = await Promise.all([storeTrouble(store), chromiumTrouble(config.chromiumPath)])
  return [...reasons, ...database, ...chromium]
}

async function storeTrouble(store: Store): Promise<string[]> {
  let stop = (): void => undefined
  const late = new Promise<string[]>((resolve) => {
    const timer = setTimeout(() => resolve(['The database does not answer.']), STORE_ANSWERS_MS)
    stop = () => clearTimeout(timer)
  })
  const answer = store.check().then(
    () => [],
    (error: unknown) => [toWireError(error).message],
  )
  try {
    return await Promise.race([answer, late])
  } finally {
    stop()
  }
}

async function chromiumTrouble(path: string | undefined): Promise<string[]> {
  try {
    accessSync(path ?? (await findChromium()), constants.X_OK)
    return []
  } catch {
    return ['No Chromium was found. Run `npm start`, which installs one, or set CHROMIUM_PATH.']
  }
}
