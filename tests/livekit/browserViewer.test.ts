/** A viewer with livekit-client in a second Chromium, as the dialect's own front-ends are. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BrowserPage, BrowserSession } from '@tandem/livekit'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { VIEWER_FLAGS } from '../capture/rig.ts'
import { servePages, type Pages } from '../harness/pages.ts'
import { sharedScreen } from '../harness/screens.ts'
import { AGENT_IDENTITY, LiveKitRig } from './rig.ts'

const SDK = join(dirname(createRequire(import.meta.url).resolve('livekit-client')), 'livekit-client.umd.js')
const SPLIT = `<!doctype html><title>split</title><style>body{margin:0;background:#fff}#dark{position:absolute;left:0;top:0;width:320px;height:360px;background:#000}</style>
<div id=dark></div><script>addEventListener('mousedown', (event) => (location.hash = event.clientX + ',' + event.clientY))</script>`

let rig: LiveKitRig
let pages: Pages
let viewer: Page
let page: BrowserPage
let session: BrowserSession

beforeAll(async () => {
  pages = await servePages({ '/split': SPLIT })
  rig = await LiveKitRig.start()
  ;({ page, session } = await rig.publish({ url: `${pages.url}/split` }))
  viewer = await (await sharedScreen(VIEWER_FLAGS)).newPage()
  await viewer.goto(pages.url)
  await viewer.addScriptTag({ path: SDK })
  await viewer.evaluate(joinScript(rig.livekit.url, await rig.token('ada')))
}, 120_000)
afterAll(async () => {
  await viewer?.close()
  await session?.aclose()
  await rig?.close()
  await pages?.close()
})

it('sees the page, takes the focus and clicks where it is shown', async () => {
  await viewer.waitForFunction('looksLike(160, 180) < 60 && looksLike(480, 180) > 190')
  expect(await viewer.evaluate('[video.videoWidth, video.videoHeight]')).toEqual([640, 360])
  expect(await viewer.evaluate(`rpc('browser/request-focus')`)).toBe('{"granted": true}')
  await viewer.waitForFunction(`heard['browser-focus'] === '{"identity": "ada"}'`)
  // Unreliable, as the front-ends send all of it: again until it has come.
  await expect
    .poll(async () => {
      await viewer.evaluate(
        `input([{ type: 'mousemove', x: 500, y: 100 }, { type: 'mousedown', x: 500, y: 100, button: 0 }, { type: 'mouseup', x: 500, y: 100, button: 0 }])`,
      )
      return page.url
    })
    .toBe(`${pages.url}/split#500,100`)
  await viewer.waitForFunction(`heard['browser-url'] === ${JSON.stringify(`{"url": "${pages.url}/split#500,100"}`)}`)
  expect(await viewer.evaluate(`rpc('browser/navigate', JSON.stringify({ url: '${pages.url}/next' }))`)).toBe('{"status": "ok"}')
  await viewer.waitForFunction('looksLike(160, 180) > 190')
  expect(await viewer.evaluate(`rpc('browser/release-focus')`)).toBe('{"released": true}')
  await expect(viewer.evaluate(`rpc('browser/go-back')`)).rejects.toThrow(/Only the holder of the focus/)
})

/** Text: it runs in the viewer's page. */
function joinScript(url: string, token: string): string {
  return `(async () => {
    const { Room, RoomEvent } = LivekitClient
    const room = new Room()
    globalThis.heard = {}
    globalThis.video = document.createElement('video')
    video.muted = true
    document.body.append(video)
    room.on(RoomEvent.DataReceived, (payload, participant, kind, topic) => (heard[topic] = new TextDecoder().decode(payload)))
    room.on(RoomEvent.TrackSubscribed, (track) => track.kind === 'video' && track.attach(video))
    globalThis.rpc = (method, payload = '') => room.localParticipant.performRpc({ destinationIdentity: '${AGENT_IDENTITY}', method, payload })
    globalThis.input = (events) => room.localParticipant.publishData(new TextEncoder().encode(JSON.stringify(events)), { reliable: false, topic: 'browser-input' })
    const canvas = new OffscreenCanvas(640, 360).getContext('2d', { willReadFrequently: true })
    globalThis.looksLike = (x, y) => {
      if (video.readyState < 2) return NaN
      canvas.drawImage(video, 0, 0, 640, 360)
      return canvas.getImageData(x, y, 1, 1).data[1]
    }
    await room.connect(${JSON.stringify(url)}, ${JSON.stringify(token)})
    await video.play().catch(() => {})
  })()`
}
