/** Rooms in real networks: a viewer with whom no peer is possible, and a browser that loses its way to the LiveKit server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSession } from '@tandem/client'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { BLUE, GREEN, RED } from '../client/fixture.ts'
import { livekitProgram } from '../harness/livekit.ts'
import { makeTwoHosts, SERVER_ADDRESS } from '../harness/netns.ts'
import type { TwoHosts } from '../harness/netns.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { CHROMIUM } from '../harness/screens.ts'
import { ViewerBrowser } from '../harness/viewer.ts'
import type { Viewer } from '../harness/viewer.ts'

const WAIT_MS = 30_000
/** Chromium gives a way up only after half a minute of silence. */
const LOST_MS = 90_000
/** Each click gives it the next colour. */
const COLOURS = `<!doctype html><body><script>
const colours = ${JSON.stringify([RED, GREEN, BLUE].map((colour) => `rgb(${colour.join(',')})`))}
let at = 0
document.body.style.background = colours[0]
addEventListener('click', () => { document.body.style.background = colours[++at % 3] })
</script>`

let hosts: TwoHosts
let server: ServerProcess
let browser: ViewerBrowser
let mediaPort: number
const viewers: Viewer[] = []

beforeAll(async () => {
  hosts = makeTwoHosts(CHROMIUM)
  server = await spawnServer({
    through: hosts.onServer,
    env: { TANDEM_HOST: SERVER_ADDRESS, TANDEM_LIVEKIT: 'auto', TANDEM_LIVEKIT_BIN: livekitProgram() },
  })
  browser = await ViewerBrowser.launch({
    executablePath: hosts.viewerChromium,
    origin: server.url,
    args: ['--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights,BlockInsecurePrivateNetworkRequests'],
  })
  const isUp = async (): Promise<void> => {
    const { data } = await request('GET', '/v1/nodes')
    if (!data[0].connected) throw new Error(data[0].problem)
  }
  await vi.waitFor(isUp, { timeout: WAIT_MS, interval: 250 })
  mediaPort = JSON.parse(readFileSync(join(server.dataDir, 'livekit', 'config.json'), 'utf8')).rtc.udp_port
})
afterEach(async () => {
  for (const viewer of viewers.splice(0)) await viewer.close()
  hosts.blockUdp(false)
  hosts.cutOwnPort(mediaPort, [])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  hosts?.close()
})

/** The server's host is not this one: it is asked from the viewer's. */
async function request(method: string, path: string, body?: object): Promise<ReturnType<typeof JSON.parse>> {
  const page = await browser.page()
  try {
    return await page.evaluate(
      async (url, key, init) => (await fetch(url, { ...init, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } })).json(),
      server.url + path,
      server.apiKey,
      { method, ...(body && { body: JSON.stringify(body) }) },
    )
  } finally {
    await page.close()
  }
}

const create = (): Promise<AgentSession & { live: { ws_url: string } }> =>
  request('POST', '/v1/agent-sessions', { initial_url: `data:text/html,${encodeURIComponent(COLOURS)}` })
const roomOf = async (id: string): Promise<string> => (await request('GET', `/v1/agent-sessions/${id}`)).room.state

async function open(session: { live: { ws_url: string } }, options: Parameters<ViewerBrowser['open']>[1] = {}): Promise<Viewer> {
  const viewer = await browser.open(session.live.ws_url, { name: 'Ada', ...options })
  viewers.push(viewer)
  return viewer
}

test('where no UDP comes through no peer is possible, and the room is taken: its LiveKit server is reached by TCP', async () => {
  hosts.blockUdp(true)
  const viewer = await open(await create())
  const seen = await viewer.until("s.status === 'live' && s.transport === 'room'", WAIT_MS)
  expect(seen.rung).toMatchObject({ transport: 'room', forced: false, why: expect.stringMatching(/No way to the browser.*UDP/) })
  await viewer.untilPixel(640, 360, RED)
  await viewer.call('takeControl')
  await viewer.click(640, 360)
  await viewer.untilPixel(640, 360, GREEN)
})

test('a browser that loses its way to the LiveKit server goes on by another, and is back by itself after it had none', async () => {
  const session = await create()
  const viewer = await open(session, { transport: 'room' })
  await viewer.until("s.status === 'live'", WAIT_MS)
  await viewer.untilPixel(640, 360, RED)
  await viewer.call('takeControl')
  hosts.cutOwnPort(mediaPort, ['udp'])
  await viewer.click(640, 360)
  await viewer.untilPixel(640, 360, GREEN, LOST_MS)
  hosts.cutOwnPort(mediaPort, ['udp', 'tcp'])
  await expect.poll(() => roomOf(session.id), { timeout: LOST_MS, interval: 500 }).not.toBe('live')
  hosts.cutOwnPort(mediaPort, [])
  await expect.poll(() => roomOf(session.id), { timeout: LOST_MS, interval: 500 }).toBe('live')
  await viewer.click(640, 360)
  await viewer.untilPixel(640, 360, BLUE, LOST_MS)
}, 400_000)
