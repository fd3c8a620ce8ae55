/**
 * A server behind 1:1 NAT, as cloud machines are: it knows its private address alone, and the internet knows another.
 * Two hosts; what the viewer sends to the private address is lost.
 */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BLUE, FORM } from '../client/fixture.ts'
import { makeTwoHosts, SERVER_ADDRESS } from '../harness/netns.ts'
import type { TwoHosts } from '../harness/netns.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { CHROMIUM } from '../harness/screens.ts'
import { ViewerBrowser } from '../harness/viewer.ts'
import type { Viewer } from '../harness/viewer.ts'

const PUBLIC = '203.0.113.7'

let hosts: TwoHosts

beforeAll(() => {
  hosts = makeTwoHosts(CHROMIUM)
  const [program = '', ...through] = hosts.onServer
  const nft = (rules: string): unknown => execFileSync(program, [...through, 'nft', rules], { stdio: 'pipe' })
  // The router's part, on the server's own host: nothing that runs there ever sees the public address.
  nft(`add table ip nat1
    add chain ip nat1 in { type nat hook prerouting priority dstnat; }
    add chain ip nat1 out { type nat hook postrouting priority srcnat; }
    add rule ip nat1 in ip daddr ${PUBLIC} meta l4proto udp dnat to 10.90.1.1
    add rule ip nat1 out oifname s1 meta l4proto udp snat to ${PUBLIC}`)
  // What comes for a private address from outside gets nowhere.
  nft(`add table ip private
    add chain ip private in { type filter hook prerouting priority raw; }
    add rule ip private in iifname s1 ip daddr 10.90.0.0/16 meta l4proto udp drop`)
})
afterAll(() => hosts?.close())

/** A viewer of a new session on this server, on another host. */
async function watch(server: ServerProcess, look: (viewer: Viewer) => Promise<void>): Promise<void> {
  const browser = await ViewerBrowser.launch({
    executablePath: hosts.viewerChromium,
    origin: server.url,
    args: ['--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights,BlockInsecurePrivateNetworkRequests'],
  })
  try {
    const page = await browser.page()
    const session = await page.evaluate(
      async ({ url, key, form }) => {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        const answer = await fetch(`${url}/v1/agent-sessions`, { method: 'POST', headers, body: JSON.stringify({ initial_url: form }) })
        return await answer.json()
      },
      { url: server.url, key: server.apiKey, form: `data:text/html,${encodeURIComponent(FORM)}` },
    )
    await look(await browser.open(session.live.ws_url))
  } finally {
    await browser.close()
  }
}

test('with its public address a peer comes through', async () => {
  await using server = await spawnServer({
    through: hosts.onServer,
    env: { TANDEM_HOST: SERVER_ADDRESS, TANDEM_PUBLIC_ADDRESS: PUBLIC },
  })
  await watch(server, async (viewer) => {
    await viewer.until("s.status === 'live' && s.rung.transport === 'webrtc'", 40_000)
    await viewer.untilPixel(640, 600, BLUE, 30_000)
  })
})

test('without it none does, and the picture comes another way', async () => {
  await using server = await spawnServer({ through: hosts.onServer, env: { TANDEM_HOST: SERVER_ADDRESS } })
  await watch(server, async (viewer) => {
    const { rung } = await viewer.until("s.status === 'live'", 40_000)
    expect(rung.transport).not.toBe('webrtc')
    await viewer.untilPixel(640, 600, BLUE, 30_000)
  })
})
