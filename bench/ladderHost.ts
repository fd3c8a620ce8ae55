/** What rows/ladder.ts runs in its namespace: a server, a viewer, and UDP that is cut and given back. Prints its times as JSON. */
import { execFileSync } from 'node:child_process'
import { Product } from './product.ts'
import { Site } from './site.ts'
import { Viewer } from './viewer.ts'

const [chromium = '', repeats = '1'] = process.argv.slice(2)
/** Stepping up waits out its own patience first. */
const UP_TIMEOUT_MS = 60_000
const DOWN_TIMEOUT_MS = 15_000

function udp(allowed: boolean): void {
  const gone = 'add table inet cut; delete table inet cut'
  const cut = 'add table inet cut; add chain inet cut input { type filter hook input priority 0; }; add rule inet cut input meta l4proto udp drop'
  execFileSync('nft', [allowed ? gone : `${gone}; ${cut}`], { stdio: 'pipe' })
}
const now = (): number => performance.timeOrigin + performance.now()

const times: Record<'ladder.down.websocket' | 'ladder.down.jpeg' | 'ladder.start.websocket' | 'ladder.up.webrtc', number[]> = {
  'ladder.down.websocket': [],
  'ladder.down.jpeg': [],
  'ladder.start.websocket': [],
  'ladder.up.webrtc': [],
}
const site = await Site.open()
const viewer = await Viewer.launch(chromium, site.viewer)
const product = await Product.start(chromium)
try {
  const { liveUrl } = await product.create({ initial_url: site.page('text') })
  for (let n = 0; n < Number(repeats); n++) {
    udp(true)
    const page = await viewer.open()
    await page.call('climb', liveUrl)
    await page.call('rung', 'webrtc', DOWN_TIMEOUT_MS)
    let began = now()
    udp(false)
    times['ladder.down.websocket'].push((await page.call('rung', 'websocket', DOWN_TIMEOUT_MS)) - began)
    began = now()
    udp(true)
    times['ladder.up.webrtc'].push((await page.call('rung', 'webrtc', UP_TIMEOUT_MS)) - began)
    await page.close()

    udp(false)
    const blocked = await viewer.open()
    began = now()
    await blocked.call('climb', liveUrl)
    times['ladder.start.websocket'].push((await blocked.call('rung', 'websocket', DOWN_TIMEOUT_MS)) - began)
    began = now()
    await blocked.call('breakDecoders')
    times['ladder.down.jpeg'].push((await blocked.call('rung', 'jpeg', DOWN_TIMEOUT_MS)) - began)
    await blocked.close()
  }
} finally {
  udp(true)
  await viewer.close()
  await product.stop()
  site.close()
}
process.stdout.write(JSON.stringify(Object.entries(times).map(([id, values]) => ({ id, values }))))
