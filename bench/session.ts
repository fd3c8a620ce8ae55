/** One Tandem session with one viewer in it, for the rows that measure a running stream. */
import { setTimeout as delay } from 'node:timers/promises'
import type { CreateSession, Transport } from '@tandem/protocol'
import { processTree } from './cpu.ts'
import { SETTLE_MS } from './measure.ts'
import type { OpenSession, Product } from './product.ts'
import type { Bench } from './row.ts'
import type { PageName } from './site.ts'
import type { ViewerPage } from './viewer.ts'

export interface Watched {
  session: OpenSession
  viewer: ViewerPage
  product: Product
  trees: { source: () => ReturnType<typeof processTree>; server: () => ReturnType<typeof processTree> }
  /** What the product itself says about the stream, for the results. */
  stream(): Promise<unknown>
}

/** Opens a page in a new session, joins it, lets it settle, measures, and closes the session whatever happens. */
export async function withSession(
  bench: Bench,
  page: PageName,
  options: CreateSession & { transport?: Transport },
  measure: (watched: Watched) => Promise<void>,
): Promise<void> {
  const { transport, ...body } = options
  const product = await bench.product()
  const session = await product.create({ ...body, initial_url: bench.site.page(page) })
  const viewer = await bench.viewer.open()
  try {
    await viewer.call('join', 'tandem', session.liveUrl, transport ?? 'webrtc')
    await delay(SETTLE_MS)
    await measure({
      session,
      viewer,
      product,
      trees: { source: () => processTree(session.chromium), server: () => product.serverTree() },
      stream: () => viewer.call('snapshot'),
    })
  } finally {
    await viewer.close()
    await product.close(session)
  }
}
