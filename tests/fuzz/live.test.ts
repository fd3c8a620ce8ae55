/** The live socket under messages that no honest viewer sends: random, mutated, binary, huge, fast. */
import { LIVE_METHODS, LIVE_NOTIFICATIONS, LIVE_SUBPROTOCOL } from '@tandem/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { barrage, GROWN_MB, residentMb } from './barrage.ts'
import { Chance, FUZZ_MS } from './chance.ts'

const METHODS = [...Object.keys(LIVE_METHODS), ...Object.keys(LIVE_NOTIFICATIONS)].filter((method) => method !== 'session.close')
/** Valid, or nearly: what is mutated. */
const PARAMS: readonly object[] = [
  {},
  { epoch: 0 },
  { clientTime: 1 },
  { name: 'Ada' },
  { transport: 'webrtc', codecs: ['video/VP8'], audio: true },
  { transport: 'websocket', codecs: ['vp8'], quality: 'low' },
  { transport: 'jpeg' },
  { peerId: 'peer_1', sdp: 'v=0\r\n' },
  { peerId: 'peer_1', candidate: { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0' } },
  { epoch: 1, seq: 1, events: [{ type: 'mouseMove', x: 1, y: 1 }] },
  { epoch: 1, events: [{ type: 'keyDown', key: 'a', code: 'KeyA' }] },
  { epoch: 1, events: [{ type: 'mouseDown', x: 5, y: 5, button: 0, clickCount: 1 }] },
  { transport: 'webrtc', codec: null, width: 1, height: 1, fps: 1, kbps: 1, rttMs: 1, glassToGlassMs: 1, framesDropped: 0, freezes: 0 },
  { requestId: 'r', outcome: 'done', note: 'n' },
  { mode: 'shared' },
  { tabId: 'x', epoch: 0 },
  { url: 'about:blank', epoch: 0 },
  { direction: 'back', epoch: 0 },
  { dialogId: 'd', accept: true, epoch: 0 },
  { chooserId: 'c', fileIds: [], epoch: 0 },
]

let server: ServerProcess
beforeAll(async () => {
  server = await spawnServer({ env: { TANDEM_LOG_LEVEL: 'error' } })
})
afterAll(() => server?.close())

test(
  'whatever is sent, the server answers, keeps its size and its session, and nothing in it breaks',
  async () => {
    const chance = new Chance()
    console.log(`FUZZ_SEED=${chance.seed}`)
    const session = await server.create({ initial_url: 'data:text/html,<input autofocus>' })
    const before = residentMb(server)
    const broken: unknown[] = []
    const sent = await barrage({
      server,
      url: session.live.ws_url,
      subprotocols: [LIVE_SUBPROTOCOL],
      heard: (text, isBinary) => {
        if (!isBinary && text.includes('server/internal')) broken.push(text)
      },
      send: (socket) => {
        const message = { ...(chance.next() < 0.8 ? { id: chance.below(1_000) } : {}), method: chance.one(METHODS), params: chance.one(PARAMS) }
        const kind = chance.next()
        if (kind < 0.75) socket.send(chance.mutated(message))
        else if (kind < 0.85) socket.send(JSON.stringify(message))
        else if (kind < 0.93) socket.send(JSON.stringify(chance.value()))
        else if (kind < 0.96) socket.send(Buffer.from(Array.from({ length: chance.below(2_000) }, () => chance.below(256))))
        else if (kind < 0.97) socket.send('x'.repeat(3 * 1024 * 1024))
        else if (kind < 0.98) socket.terminate()
      },
    })
    expect(broken).toEqual([])
    expect(server.stderr()).toBe('')
    expect(sent).toBeGreaterThan(100)

    const viewer = await LiveClient.join(session.live.ws_url)
    expect((await viewer.call('viewer.ping', { clientTime: 7 })).clientTime).toBe(7)
    await viewer.call('session.setMode', { mode: 'pair' })
    const { epoch } = await viewer.call('control.take', { force: true })
    await viewer.call('page.navigate', { url: 'data:text/html,<title>alive</title>', epoch })
    await viewer.event('tab.listChanged', ({ tabs }) => tabs.some(({ title }) => title === 'alive'))
    await viewer.close()
    expect(residentMb(server) - before).toBeLessThan(GROWN_MB)
  },
  FUZZ_MS + 60_000,
)
