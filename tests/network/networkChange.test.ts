/**
 * A viewer that changes its network in the middle: two hosts, two links between them, one of which goes away.
 * The picture goes on over the other by an ICE restart of the same peer connection, on the same page.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { FORM, GREEN, RED } from '../client/fixture.ts'
import { makeTwoHosts, SERVER_ADDRESS } from '../harness/netns.ts'
import type { TwoHosts } from '../harness/netns.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { CHROMIUM } from '../harness/screens.ts'
import { ViewerBrowser } from '../harness/viewer.ts'

let hosts: TwoHosts
let server: ServerProcess
let browser: ViewerBrowser

beforeAll(async () => {
  hosts = makeTwoHosts(CHROMIUM)
  server = await spawnServer({ through: hosts.onServer, env: { TANDEM_HOST: SERVER_ADDRESS } })
  browser = await ViewerBrowser.launch({
    executablePath: hosts.viewerChromium,
    origin: server.url,
    // A page answered inside the browser has no address of its own, and would need leave to reach a private one.
    args: ['--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights,BlockInsecurePrivateNetworkRequests'],
  })
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  hosts?.close()
})

test('when its link is lost the viewer goes on over another: the same page, the same peer, an ICE restart', async () => {
  const page = await browser.page()
  // The server's host is not this one: sessions are made from the viewer's own page.
  const session = await page.evaluate(
    async ({ url, key, form }) => {
      const answer = await fetch(`${url}/v1/agent-sessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ initial_url: form }),
      })
      return await answer.json()
    },
    { url: server.url, key: server.apiKey, form: `data:text/html,${encodeURIComponent(FORM)}` },
  )
  await page.close()

  const viewer = await browser.open(session.live.ws_url, { name: 'Ada' })
  await viewer.until("s.status === 'live' && s.route === 'direct'")
  await viewer.untilPixel(200, 150, RED)
  await viewer.call('takeControl')
  const peers = await viewer.page.evaluate('viewer.peersMade()')
  expect(peers).toBe(1)

  hosts.switchTo(2)
  await viewer.until("s.status !== 'live'", 20_000)
  const after = await viewer.until("s.status === 'live' && s.route !== null", 20_000)
  // Still the holder: nobody lost the wheel over a change of network.
  expect(after.holding).toBe(true)
  // The live socket is made anew too; a click on the old one is said to be lost, and repeated by the person.
  await vi.waitFor(
    async () => {
      await viewer.click(200, 150)
      await viewer.untilPixel(200, 150, GREEN, 1_000)
    },
    { timeout: 30_000 },
  )
  expect(await viewer.page.evaluate('viewer.peersMade()')).toBe(1)
})
