/**
 * TANDEM_UDP_PORTS behind a firewall that lets nothing but that range through, neither in nor out: two hosts, and a
 * picture over WebRTC that nobody has to step down from; and a viewer whose own network has nothing but TURN.
 */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BLUE, FORM, GREEN, liveUrl, RED } from '../client/fixture.ts'
import { startCoturn } from '../harness/coturn.ts'
import { makeTwoHosts, SERVER_ADDRESS } from '../harness/netns.ts'
import type { TwoHosts } from '../harness/netns.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { CHROMIUM } from '../harness/screens.ts'
import { Viewer, ViewerBrowser } from '../harness/viewer.ts'

const PAGE = `data:text/html,${encodeURIComponent(FORM)}`
/** Two peers at a time. */
const PORTS = '50000-50001'
/** A rung that was refused is tried again after 10 s, and after 20. */
const UP_MS = 60_000

describe('a firewall', () => {
  let hosts: TwoHosts
  let server: ServerProcess
  let browser: ViewerBrowser

  beforeAll(async () => {
    hosts = makeTwoHosts(CHROMIUM)
    nft(`add table inet range
      add chain inet range in { type filter hook input priority 0; }
      add chain inet range out { type filter hook output priority 0; }
      add rule inet range in iif != lo udp dport != ${PORTS} drop
      add rule inet range out oif != lo ip daddr 10.90.0.0/16 udp sport != ${PORTS} counter drop`)
    server = await spawnServer({ through: hosts.onServer, env: { TANDEM_HOST: SERVER_ADDRESS, TANDEM_UDP_PORTS: PORTS } })
    browser = await ViewerBrowser.launch({
      executablePath: hosts.viewerChromium,
      origin: server.url,
      args: [
        // The last: viewers say their addresses, so that a peer that is told them could send there by itself.
        '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights,BlockInsecurePrivateNetworkRequests,WebRtcHideLocalIpsWithMdns',
        // As https would: without it a page has no WebCodecs.
        `--unsafely-treat-insecure-origin-as-secure=${server.url}`,
      ],
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    hosts?.close()
  })

  function nft(...args: string[]): string {
    const [program = '', ...through] = hosts.onServer
    return execFileSync(program, [...through, 'nft', ...args], { encoding: 'utf8' })
  }

  /** The server's host is not this one: sessions are made from the viewer's own page. */
  async function create(): Promise<string> {
    const page = await browser.page()
    const session = await page.evaluate(
      async ({ url, key, body }) => {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        return (await fetch(`${url}/v1/agent-sessions`, { method: 'POST', headers, body })).json()
      },
      { url: server.url, key: server.apiKey, body: JSON.stringify({ initial_url: PAGE }) },
    )
    await page.close()
    return session.live.ws_url
  }

  test('lets the picture through by the range alone, and an ICE restart over another network too', async () => {
    const viewer = await browser.open(await create(), { name: 'Ada' })
    await viewer.until("s.status === 'live' && s.transport === 'webrtc' && s.route === 'direct'", 40_000)
    await viewer.untilPixel(200, 150, RED, 30_000)
    await viewer.call('takeControl')

    hosts.switchTo(2)
    await viewer.until("s.status !== 'live' || s.transport !== 'webrtc'", 20_000)
    await viewer.until("s.status === 'live' && s.transport === 'webrtc' && s.route === 'direct'", UP_MS)
    // The live socket is made anew too; a click on the old one is said to be lost, and repeated by the person.
    await vi.waitFor(
      async () => {
        await viewer.click(200, 150)
        await viewer.untilPixel(200, 150, GREEN, 1_000)
      },
      { timeout: 15_000 },
    )
    expect(await viewer.page.evaluate('viewer.peersMade()')).toBe(1)
    // Chromium did not even try by a port of its own.
    expect(nft('list', 'chain', 'inet', 'range', 'out')).toMatch(/counter packets 0 bytes 0 drop/)
    await viewer.close()
  }, 150_000)

  test('of more viewers than ports the last one watches over the socket and is told why, until a port is given back', async () => {
    const sessions = [await create(), await create()]
    const [ada, ben] = [await browser.open(sessions[0] ?? ''), await browser.open(sessions[1] ?? '')]
    for (const viewer of [ada, ben]) await viewer.until("s.status === 'live' && s.transport === 'webrtc'", UP_MS)
    const cy = await browser.open(sessions[1] ?? '')
    const { rung } = await cy.until("s.status === 'live' && s.transport === 'websocket'", 40_000)
    expect(rung.why).toMatch(/All UDP ports of this server \(50000-50001\) are taken/)
    await cy.untilPixel(640, 600, BLUE, 30_000)
    // A port is one for the whole server.
    await ada.close()
    await cy.until("s.status === 'live' && s.transport === 'webrtc'", UP_MS)
    await cy.untilPixel(640, 600, BLUE, 30_000)
    await ben.close()
    await cy.close()
  }, 200_000)
})

test('a viewer that has nothing but TURN reaches the range by its relay', async () => {
  const coturn = await startCoturn()
  const browser = await ViewerBrowser.launch()
  try {
    await using server = await startTestServer({
      udpPorts: '27300-27303',
      ice: { policy: 'all', stunUrls: [], turnUrls: [coturn.url], turnUsername: undefined, turnCredential: undefined, turnSecret: coturn.secret },
    })
    const session = await server.create({ initial_url: PAGE })
    const page = await browser.page()
    await page.evaluate(() => {
      globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(configuration?: RTCConfiguration) {
          super({ ...configuration, iceTransportPolicy: 'relay' })
        }
      }
    })
    const viewer = new Viewer(page, liveUrl(session), { name: 'Ada' })
    await viewer.mount()
    await viewer.until("s.status === 'live' && s.transport === 'webrtc' && s.route === 'relay'", 40_000)
    await viewer.untilPixel(640, 600, BLUE, 30_000)
  } finally {
    await browser.close()
    await coturn.close()
  }
}, 120_000)
