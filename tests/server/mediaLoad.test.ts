/** Bad days of the relay: a viewer who stops reading, fifty who join at once, a thousand who come and go. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { KEY_FRAME_EVERY_MS } from '@tandem/protocol'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'

/** Frames come late on a machine that does other things. */
const BUSY = { timeout: 60_000 }

type Viewer = Awaited<ReturnType<typeof LiveClient.join>>

let server: ServerProcess
let pages: Pages
let liveUrl: string

beforeAll(async () => {
  pages = await servePages({
    // Small: what is drawn is not the point, and must come on a busy machine too.
    '/moving': `<!doctype html><title>moving</title><body><script>
      let n = 0; (function draw() { document.body.textContent = n++; requestAnimationFrame(draw) })()
    </script>`,
  })
  server = await spawnServer()
  const session = await server.create({ initial_url: `${pages.url}/moving` })
  liveUrl = session.live.ws_url
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

async function watch(transport: 'websocket' | 'jpeg' = 'websocket'): Promise<Viewer> {
  const viewer = await LiveClient.join(liveUrl)
  await viewer.call('media.start', { transport, codecs: ['vp8'], audio: false })
  return viewer
}

/** The sum of a metric over its labels that contain this. */
async function metric(name: string, label = ''): Promise<number> {
  const { body } = await server.request('GET', '/metrics')
  const lines = String(body).split('\n')
  return lines
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => (line.includes(label) ? sum + Number(line.split(' ').at(-1)) : sum), 0)
}

test('a viewer who stops reading is cut, costs no memory, disturbs nobody, and goes on at a key frame when it reads again', async () => {
  const quick = await watch()
  const slow = await watch()
  onTestFinished(() => slow.socket.terminate())
  await Promise.all([quick.packet(), slow.packet()])
  await expect.poll(() => slow.packets.length, BUSY).toBeGreaterThan(2)
  const before = rssMb(server.pid)
  slow.socket.pause()
  await expect.poll(() => metric('tandem_viewer_cuts_total', 'websocket'), BUSY).toBeGreaterThan(0)
  const dropped = await metric('tandem_frames_dropped_total', 'websocket')
  const packets = quick.packets.length
  await expect.poll(() => quick.packets.length, BUSY).toBeGreaterThan(packets + 5)
  expect(await metric('tandem_frames_dropped_total', 'websocket')).toBeGreaterThan(dropped)
  expect(rssMb(server.pid) - before).toBeLessThan(30)
  slow.socket.resume()
  await expect.poll(() => gaps(slow).length, BUSY).toBeGreaterThan(0)
  // What was left out ends with a key frame, whoever it was left out for; the machine may have been too busy for more than one.
  for (const viewer of [slow, quick]) expect(gaps(viewer).every((index) => viewer.packets[index]?.keyFrame)).toBe(true)
  if ((await metric('tandem_viewer_cuts_total', 'websocket')) === 1) expect(gaps(quick)).toEqual([])
  expect((await slow.call('viewer.ping', { clientTime: 5 })).clientTime).toBe(5)
  await Promise.all([quick.close(), slow.close()])
}, 240_000)

test('a viewer of pictures who stops reading has a few on their way, costs no memory, disturbs nobody, and goes on with the newest', async () => {
  const quick = await watch('jpeg')
  const slow = await watch('jpeg')
  onTestFinished(() => slow.socket.terminate())
  await expect.poll(() => slow.packets.length, BUSY).toBeGreaterThan(20)
  const before = rssMb(server.pid)
  slow.socket.pause()
  const read = slow.packets.length
  const dropped = await metric('tandem_frames_dropped_total', 'jpeg')
  const packets = quick.packets.length
  await expect.poll(() => quick.packets.length, BUSY).toBeGreaterThan(packets + 60)
  expect((await metric('tandem_frames_dropped_total', 'jpeg')) - dropped).toBeGreaterThan(40)
  expect(rssMb(server.pid) - before).toBeLessThan(30)
  const newest = quick.packets.at(-1)?.seq ?? 0
  slow.socket.resume()
  await expect.poll(() => slow.packets.at(-1)?.seq, BUSY).toBeGreaterThan(newest)
  // Of those that were drawn meanwhile it gets what was on its way, and none that waited.
  expect(slow.packets.slice(read).filter(({ seq }) => seq <= newest).length).toBeLessThanOrEqual(9)
  await Promise.all([quick.close(), slow.close()])
}, 240_000)

test('fifty who join one after the other have a picture each, for one key frame in 500 ms', async () => {
  const first = await watch()
  await first.packet()
  const asked = await metric('tandem_key_frames_asked_total')
  const began = performance.now()
  const viewers: Viewer[] = []
  for (let count = 0; count < 50; count++) viewers.push(await watch())
  await Promise.all(viewers.map((viewer) => viewer.packet()))
  const elapsed = performance.now() - began
  expect(viewers.every((viewer) => viewer.packets[0]?.keyFrame)).toBe(true)
  const cost = (await metric('tandem_key_frames_asked_total')) - asked
  expect(cost).toBeGreaterThan(0)
  expect(cost).toBeLessThanOrEqual(Math.ceil(elapsed / KEY_FRAME_EVERY_MS) + 1)
  await Promise.all([first, ...viewers].map((viewer) => viewer.close()))
})

test('a thousand who come and go leave nothing behind: no memory, no viewer, no encoder', async () => {
  const round = async (): Promise<void> => {
    const viewers = await Promise.all(Array.from({ length: 50 }, () => watch()))
    await viewers.at(-1)?.packet()
    await Promise.all(viewers.map((viewer, index) => (index % 2 === 0 ? viewer.close() : (viewer.socket.terminate(), viewer.closed))))
  }
  for (let count = 0; count < 5; count++) await round()
  const before = rssMb(server.pid)
  for (let count = 0; count < 15; count++) await round()
  expect(rssMb(server.pid) - before).toBeLessThan(30)
  const last = await LiveClient.join(liveUrl)
  await expect.poll(() => last.events('viewer.listChanged').at(-1)?.viewers.length, BUSY).toBe(1)
  // Nobody watches: the capture page lets go of the tab.
  await expect.poll(() => (last.events('stream.changed').at(-1) ?? last.hello.stream)?.source, BUSY).toBe('none')
  await last.close()
}, 240_000)

/** Where packets were left out: the indices of those that came next. */
function gaps({ packets }: Viewer): number[] {
  return packets.flatMap(({ seq }, index) => (index > 0 && seq !== (packets[index - 1]?.seq ?? 0) + 1 ? [index] : []))
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
