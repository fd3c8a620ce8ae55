/**
 * A network that becomes narrow, wide again, and lossy, under a page in full motion: the real server and the real
 * client on two hosts. What is looked at is what a person sees: that the picture moves, and what the badge says.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTwoHosts, SERVER_ADDRESS } from '../harness/netns.ts'
import type { TwoHosts } from '../harness/netns.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { ViewerBrowser } from '../harness/viewer.ts'
import type { Viewer } from '../harness/viewer.ts'

const MOTION = readFileSync(new URL('../capture/pages/motion.html', import.meta.url)).toString('base64')
const LINK_KBPS = 1_500
/** The congestion control may take this long to find its rate; it takes three seconds on a machine with nothing else to do. */
const SETTLED_WITHIN_MS = 30_000

let hosts: TwoHosts
let server: ServerProcess
let browser: ViewerBrowser
let ada: Viewer

beforeAll(async () => {
  hosts = makeTwoHosts('/usr/bin/chromium')
  server = await spawnServer({ through: hosts.onServer, env: { TANDEM_HOST: SERVER_ADDRESS } })
  browser = await ViewerBrowser.launch({
    executablePath: hosts.viewerChromium,
    origin: server.url,
    args: ['--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights,BlockInsecurePrivateNetworkRequests'],
  })
  const page = await browser.page()
  const session = await page.evaluate(
    async ({ url, key, body }) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const answer = await fetch(`${url}/v1/agent-sessions`, { method: 'POST', headers, body })
      return await answer.json()
    },
    { url: server.url, key: server.apiKey, body: JSON.stringify({ initial_url: `data:text/html;base64,${MOTION}#60` }) },
  )
  await page.close()
  ada = await browser.open(session.live.ws_url, { name: 'Ada' })
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  hosts?.close()
})

test('the bitrate follows the network: on a narrow link it falls, the picture goes on and the badge says why; then it comes back', async () => {
  const wide = await ada.until(`s.status === 'live' && s.stats?.kbps > ${LINK_KBPS * 1.5} && s.stream?.limitation === 'none'`, SETTLED_WITHIN_MS)
  expect(wide.notes.join(' ')).not.toMatch(/narrow/)

  hosts.narrow(LINK_KBPS)
  const told = await ada.until("s.stream?.limitation === 'bandwidth'", SETTLED_WITHIN_MS)
  expect(told.notes.join(' ')).toMatch(/network is narrow/)
  // Moving again, with no more than the link carries and without a queue in it: a round trip is short again.
  const narrow = await ada.until(`s.status === 'live' && s.stats?.fps > 10 && s.stats.kbps < ${LINK_KBPS} && s.stats.rttMs < 150`, SETTLED_WITHIN_MS)
  expect(narrow.stats?.width).toBe(1280)

  hosts.narrow(null)
  await ada.until(`s.stats?.kbps > ${LINK_KBPS * 1.3} && s.stats.fps > 10`, SETTLED_WITHIN_MS)
}, 150_000)

test('with five packets of a hundred lost the picture goes on', async () => {
  await ada.until("s.status === 'live' && s.stats?.fps > 10", SETTLED_WITHIN_MS)
  hosts.lose(5)
  try {
    // What the badge says while two hundred frames are shown: a picture that waits for its lost packets stalls.
    const words = await ada.page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const video = viewer.view.pictureElement as HTMLVideoElement | null
          const said = new Set<string>([viewer.view.snapshot.status])
          viewer.view.subscribe(() => said.add(viewer.view.snapshot.status))
          let frames = 0
          const shown = (): void => {
            if (++frames === 200) resolve([...said])
            else video?.requestVideoFrameCallback(shown)
          }
          video?.requestVideoFrameCallback(shown)
        }),
    )
    expect(words).toEqual(['live'])
  } finally {
    hosts.lose(0)
  }
}, 90_000)
