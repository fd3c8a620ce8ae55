/** Bad days under load: a viewer who stops reading, ten thousand input events a second, many viewers who come and go. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'

let server: ServerProcess
let pages: Pages

beforeAll(async () => {
  pages = await servePages({
    '/count': `<!doctype html><title>0</title><body style="height:100vh"><script>
      let ups = 0, downs = 0
      addEventListener('mousedown', () => downs++)
      addEventListener('mouseup', () => { ups++; document.title = downs + '/' + ups })
    </script>`,
  })
  server = await spawnServer()
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

test('a viewer who stops reading costs a bounded amount of memory, is let go, and disturbs nobody', async () => {
  const session = await server.create()
  const busy = await LiveClient.join(session.live.ws_url)
  const stuck = await stuckViewer(session.live.ws_url)
  const gone = new Promise<void>((resolve) => stuck.once('close', resolve))
  const before = rssMb(server.pid)
  // Each rename is told to everybody, with a list of all viewers: about 60 MB in all.
  const name = 'x'.repeat(100)
  let peak = before
  for (let round = 0; round < 200; round++) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => busy.call('viewer.rename', { name: `${round}-${index} ${name}`.slice(0, 100) })))
    busy.messages.length = 0
    peak = Math.max(peak, rssMb(server.pid))
  }
  expect(peak - before).toBeLessThan(40)
  const { clientTime } = await busy.call('viewer.ping', { clientTime: 1 })
  expect(clientTime).toBe(1)
  // Events that cannot be replaced by later ones (12 kB each) fill the kernel's buffers, then ours, until it is let go.
  const asked = async (): Promise<void> => {
    const cancel = new AbortController()
    const request = server.request('POST', `/v1/agent-sessions/${session.id}/human-requests`, {
      body: { reason: 'r', instructions: '€'.repeat(4_000) },
      signal: cancel.signal,
    })
    request.catch(() => undefined)
    await busy.event('humanRequest.opened')
    busy.messages.length = 0
    cancel.abort()
    await busy.event('humanRequest.closed')
    busy.messages.length = 0
  }
  const viewers = async (): Promise<number> => (await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.viewers
  for (let round = 0; round < 10_000 && (round % 50 !== 0 || (await viewers()) === 2); round++) await asked()
  expect(await viewers()).toBe(1)
  expect(rssMb(server.pid) - before).toBeLessThan(60)
  stuck.resume()
  await gone
  await busy.close()
}, 120_000)

test('ten thousand input events a second hurt neither the server nor the session, and every release arrives', async () => {
  const session = await server.create({ initial_url: `${pages.url}/count` })
  const holder = await LiveClient.join(session.live.ws_url)
  const other = await LiveClient.join(session.live.ws_url)
  const { epoch } = await holder.call('control.take', {})
  const seconds = 3
  const before = cpuMs(server.pid)
  const started = performance.now()
  let sent = 0
  let slowest = 0
  for (let tick = 0; tick < seconds * 50; tick++) {
    const due = started + tick * 20
    const wait = due - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    // 200 messages each 20 ms, most of them of one event, as a careless client sends them.
    for (let index = 0; index < 200; index++, sent++)
      holder.notify('input.dispatch', { epoch, events: [{ type: 'mouseMove', x: (sent * 7) % 1200, y: (sent * 3) % 700 }] })
    if (tick % 10 === 0) {
      const asked = performance.now()
      await other.call('viewer.ping', { clientTime: 0 })
      slowest = Math.max(slowest, performance.now() - asked)
    }
  }
  expect(sent).toBe(seconds * 10_000)
  holder.notify('input.dispatch', { epoch, events: [{ type: 'mouseDown', x: 10, y: 10, button: 0 }] })
  holder.notify('input.dispatch', { epoch, events: [{ type: 'mouseUp', x: 10, y: 10, button: 0 }] })
  await holder.call('viewer.ping', { clientTime: 0 })
  console.log(
    `10,000 events a second: ${Math.round((cpuMs(server.pid) - before) / seconds / 10)} % of a core, slowest ping of another viewer ${Math.round(slowest)} ms`,
  )
  // The bucket is empty, so the press may be refused; what lets go never is.
  for (let count = 0; count < 3_000; count++) holder.notify('input.dispatch', { epoch, events: [{ type: 'keyDown', key: 'a', code: 'KeyA' }] })
  holder.notify('input.dispatch', { epoch, events: [{ type: 'keyUp', key: 'a', code: 'KeyA' }] })
  expect((await holder.event('input.refused')).code).toBe('request/rate-limited')
  // Afterwards all is as before: a click arrives whole.
  await expect
    .poll(
      async () => {
        holder.notify('input.dispatch', {
          epoch,
          events: [
            { type: 'mouseDown', x: 20, y: 20, button: 0, clickCount: 1 },
            { type: 'mouseUp', x: 20, y: 20, button: 0, clickCount: 1 },
          ],
        })
        const { body } = await server.request('GET', `/v1/agent-sessions/${session.id}/page-state`)
        const [downs, ups] = String(body.page_state.title).split('/').map(Number)
        return downs !== undefined && downs > 1 && downs === ups
      },
      { timeout: 30_000 },
    )
    .toBe(true)
  // Two a second at most.
  expect(holder.events('input.refused').length).toBeLessThan(2 + (2 * (performance.now() - started)) / 1_000)
  await Promise.all([holder.close(), other.close()])
})

test('viewers who come and go leave nothing behind', async () => {
  const session = await server.create()
  const round = async (): Promise<void> => {
    const viewers = await Promise.all(Array.from({ length: 10 }, () => LiveClient.join(session.live.ws_url)))
    // Three have peers and say goodbye: the peers of viewers who are lost are kept for a while.
    const transport = (index: number): 'webrtc' | 'websocket' => (index % 2 === 0 && index < 6 ? 'webrtc' : 'websocket')
    await Promise.all(viewers.map((viewer, index) => viewer.call('media.start', { transport: transport(index) })))
    await Promise.all(viewers.map((viewer, index) => (index % 2 === 0 ? viewer.close() : (viewer.socket.terminate(), viewer.closed))))
  }
  await round()
  for (let count = 0; count < 5; count++) await round()
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.viewers).toBe(0)
})

/** A WebSocket by hand that is never read after the upgrade. */
async function stuckViewer(url: string): Promise<Socket> {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tandem.v1\r\n\r\n`,
  )
  await new Promise<void>((resolve) => socket.once('data', () => resolve()))
  socket.pause()
  socket.on('error', () => undefined)
  return socket
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** CPU time of the process so far, ms: fields 14 and 15 of stat, in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
