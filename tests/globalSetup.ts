/** Before the real tests: the capture extension and the dashboard are built when their sources are newer than the last build. */
import { ensureBuilt } from '../scripts/setup.mjs'

export async function setup(): Promise<void> {
  await ensureBuilt({ only: 'capture' })
  // Few tests need it, and they say so themselves when it is missing.
  await ensureBuilt({ only: 'dashboard' }).catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
}
