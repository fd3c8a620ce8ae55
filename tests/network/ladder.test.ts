/**
 * The ladder in real networks: two hosts, UDP that is blocked, given back and cut; a proxy that lets no WebSocket
 * through. What is looked at is what a person sees: a picture, on which rung, and the words for why no better one.
 */
import { createServer, request as httpRequest } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import type { LiveViewOptions } from '@tandem/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BLUE, FORM } from '../client/fixture.ts'
import { makeTwoHosts, SERVER_ADDRESS } from '../harness/netns.ts'
import type { TwoHosts } from '../harness/netns.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { ServerProcess, TestServer } from '../harness/server.ts'
import { CHROMIUM } from '../harness/screens.ts'
import { Viewer, ViewerBrowser } from '../harness/viewer.ts'

const MOTION = `data:text/html;base64,${readFileSync(new URL('../pages/text.html', import.meta.url)).toString('base64')}`
/** A machine that does other things too; what the steps take on one that does not is in docs/bench.md. */
const SOON_MS = 15_000
/** A rung that failed is tried again after 10 s, and after 20. */
const UP_MS = 50_000

/** Notes each change of rung and status, as `webrtc live`. */
async function watchRungs(viewer: Viewer): Promise<() => Promise<string[]>> {
  await viewer.page.evaluate(() => {
    const { view } = globalThis.viewer
    const seen: string[] = []
    const note = (): void => {
      const { rung, status } = view.snapshot
      const word = `${rung.transport} ${status}`
      if (seen.at(-1) !== word) seen.push(word)
    }
    note()
    view.subscribe(note)
    Object.assign(globalThis, { rungsSeen: seen })
  })
  return () => viewer.page.evaluate('rungsSeen') as Promise<string[]>
}

describe('UDP', () => {
  let hosts: TwoHosts
  let server: ServerProcess
  let browser: ViewerBrowser
  let moving: string
  let still: string
  const viewers: Viewer[] = []

  beforeAll(async () => {
    hosts = makeTwoHosts(CHROMIUM)
    server = await spawnServer({ through: hosts.onServer, env: { TANDEM_HOST: SERVER_ADDRESS } })
    browser = await ViewerBrowser.launch({
      executablePath: hosts.viewerChromium,
      origin: server.url,
      args: [
        '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights,BlockInsecurePrivateNetworkRequests',
        // As https would: without it a page has no WebCodecs.
        `--unsafely-treat-insecure-origin-as-secure=${server.url}`,
      ],
    })
    moving = await create(MOTION)
    still = await create(`data:text/html,${encodeURIComponent(FORM)}`)
  })
  afterEach(async () => {
    for (const viewer of viewers.splice(0)) await viewer.close()
    hosts.blockUdp(false)
    hosts.lose(0)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    hosts?.close()
  })

  async function create(url: string): Promise<string> {
    const page = await browser.page()
    const session = await page.evaluate(
      async ({ server: origin, key, body }) => {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        return (await fetch(`${origin}/v1/agent-sessions`, { method: 'POST', headers, body })).json()
      },
      { server: server.url, key: server.apiKey, body: JSON.stringify({ initial_url: url }) },
    )
    await page.close()
    return session.live.ws_url
  }

  async function open(url: string, options: Partial<LiveViewOptions> = {}): Promise<Viewer> {
    const viewer = await browser.open(url, { name: 'Ada', ...options })
    viewers.push(viewer)
    return viewer
  }

  test('blocked from the beginning: the picture comes over WebSocket, with the reason; given back, it steps up by itself without a moment that is not live', async () => {
    hosts.blockUdp(true)
    const viewer = await open(still)
    const seen = await viewer.until("s.status === 'live' && s.transport === 'websocket'", SOON_MS)
    expect(seen.rung).toMatchObject({ transport: 'websocket', forced: false, why: expect.stringMatching(/No way to the browser.*UDP/) })
    await viewer.untilPixel(640, 600, BLUE)
    const rungs = await watchRungs(viewer)
    // The first peer was given up, and the next one tries beside the picture that is there.
    await viewer.page.waitForFunction('viewer.peersMade() > 1', { timeout: UP_MS })
    hosts.blockUdp(false)
    const up = await viewer.until("s.status === 'live' && s.transport === 'webrtc'", UP_MS)
    expect(up.rung).toEqual({ transport: 'webrtc', why: null, forced: false })
    expect(await rungs()).toEqual(['websocket live', 'webrtc live'])
    await viewer.untilPixel(640, 600, BLUE)
  }, 90_000)

  test.each([
    ['of a moving page', () => moving],
    ['of a page at rest', () => still],
  ])('cut in the middle %s: a picture over WebSocket, and the last one stays until then', async (_what, url) => {
    const viewer = await open(url())
    await viewer.until("s.status === 'live' && s.transport === 'webrtc' && s.stats !== null")
    const rungs = await watchRungs(viewer)
    hosts.blockUdp(true)
    await viewer.until("s.transport === 'websocket' && s.status === 'live'", SOON_MS)
    // Never nothing on the screen: what was seen until then is the last picture of the peer, with its sign; on a busy
    // machine, where the shared encode takes longer than its patience to begin, JPEGs for a moment.
    for (const seen of await rungs()) expect(seen).toMatch(/^(webrtc (live|stalled|connecting)|(jpeg|websocket) live)$/)
    await viewer.until("/heard|come|lost|way|no new/i.test(s.rung.why ?? '')")
  })

  test('with five packets of a hundred lost it stays with the peer', async () => {
    const viewer = await open(moving)
    await viewer.until("s.status === 'live' && s.transport === 'webrtc' && s.stats?.fps > 5")
    const rungs = await watchRungs(viewer)
    hosts.lose(5)
    // Ten seconds of it, by the samples that come each second.
    await viewer.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const samples = new Set()
          const { view } = globalThis.viewer
          view.subscribe(() => samples.add(view.snapshot.stats) && samples.size > 10 && resolve())
        }),
    )
    expect((await rungs()).filter((seen) => !seen.startsWith('webrtc'))).toEqual([])
    expect((await viewer.snapshot()).status).toBe('live')
  })

  test('a decoder that fails leads on to JPEG, and the reason is said', async () => {
    hosts.blockUdp(true)
    const page = await browser.page()
    await page.evaluate(() => {
      VideoDecoder.prototype.decode = () => {
        throw new DOMException('out of luck', 'EncodingError')
      }
    })
    const viewer = new Viewer(page, still, { name: 'Ada' })
    viewers.push(viewer)
    await viewer.mount()
    const seen = await viewer.until("s.status === 'live' && s.transport === 'jpeg'", SOON_MS)
    expect(seen.notes.join(' ')).toMatch(/JPEG/)
    await viewer.untilPixel(640, 600, BLUE)
  })

  test('a page without WebCodecs, as over plain http, gets JPEGs', async () => {
    hosts.blockUdp(true)
    const page = await browser.page()
    await page.evaluate(() => Object.assign(globalThis, { VideoDecoder: undefined }))
    const viewer = new Viewer(page, still, { name: 'Ada' })
    viewers.push(viewer)
    await viewer.mount()
    await viewer.until("s.status === 'live' && s.transport === 'jpeg'", SOON_MS)
    await viewer.untilPixel(640, 600, BLUE)
  })

  test('a rung chosen by hand is taken where a better one could be had, and another one without a break', async () => {
    const viewer = await open(still, { transport: 'jpeg' })
    expect((await viewer.until("s.status === 'live'", SOON_MS)).rung).toEqual({ transport: 'jpeg', why: null, forced: true })
    const rungs = await watchRungs(viewer)
    for (const transport of ['screenshots', 'websocket', 'webrtc']) {
      await viewer.call('setTransport', transport)
      await viewer.until(`s.status === 'live' && s.transport === '${transport}'`, SOON_MS)
      await viewer.untilPixel(640, 600, BLUE)
    }
    expect(await rungs()).toEqual(['jpeg live', 'screenshots live', 'websocket live', 'webrtc live'])
    await viewer.call('setTransport', 'auto')
    expect((await viewer.until("s.status === 'live' && !s.rung.forced")).rung.transport).toBe('webrtc')
  })
})

describe('a proxy that lets no WebSocket through', () => {
  let server: TestServer
  let pages: Pages
  let browser: ViewerBrowser
  let proxy: Server
  let open = false

  beforeAll(async () => {
    server = await startTestServer()
    pages = await servePages()
    browser = await ViewerBrowser.launch()
    const { hostname, port } = new URL(server.url)
    proxy = createServer((request, response) => {
      const forward = httpRequest({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      forward.on('error', () => response.destroy())
      request.pipe(forward)
    })
    proxy.on('upgrade', (request, socket) => {
      socket.on('error', () => {})
      if (!open) return void socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
      const forward = httpRequest({ hostname, port, path: request.url, headers: request.headers })
      forward.on('upgrade', (answer, far, head) => {
        const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`)
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
        // The server's hello may have come with its answer.
        socket.write(head)
        far.on('error', () => socket.destroy())
        far.pipe(socket).pipe(far)
      })
      forward.on('error', () => socket.destroy())
      forward.end()
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await browser?.close()
    proxy?.closeAllConnections()
    proxy?.close()
    await server?.close()
    await pages?.close()
  })

  test('shows screenshots to watch, with the facts of the session; once sockets work it steps up, and control comes with it', async () => {
    const session = await server.create({ initial_url: pages.set('/form', FORM) })
    // A TCP server: its address is never a pipe's name.
    const { port } = proxy.address() as AddressInfo
    const viewer = await browser.open(session.live.ws_url.replace(new URL(server.url).host, `127.0.0.1:${port}`), { name: 'Ada' })
    const seen = await viewer.until("s.status === 'live' && s.transport === 'screenshots' && s.session !== null", SOON_MS)
    expect(seen).toMatchObject({ mayControl: false, me: null, session: { id: session.id }, control: { state: 'ai-driving' } })
    expect(seen.rung.why).toMatch(/cannot be opened.*control is not possible/)
    await viewer.untilPixel(640, 600, BLUE)
    // A page that changes is seen to change.
    await server.request('POST', `/v1/agent-sessions/${session.id}/navigate`, {
      body: { url: pages.set('/red', '<body style="margin:0;background:rgb(220,30,30)">') },
    })
    await viewer.untilPixel(640, 600, [220, 30, 30])
    expect((await viewer.snapshot()).status).toBe('live')

    open = true
    expect(await viewer.until("s.status === 'live' && s.transport === 'webrtc'", UP_MS)).toMatchObject({ mayControl: true, me: { name: 'Ada' } })
    await viewer.close()
  }, 90_000)

  test('says that the session is over, to whoever watches by screenshots too', async () => {
    open = false
    const session = await server.create({ initial_url: pages.set('/form', FORM) })
    const { port } = proxy.address() as AddressInfo
    const viewer = await browser.open(session.live.ws_url.replace(new URL(server.url).host, `127.0.0.1:${port}`))
    await viewer.until("s.status === 'live' && s.transport === 'screenshots'", SOON_MS)
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
    expect(await viewer.until("s.status === 'ended'", SOON_MS)).toMatchObject({ code: 'session/closed' })
    await viewer.close()
  })
})
