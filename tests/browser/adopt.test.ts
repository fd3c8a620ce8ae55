/** A browser of the pool: started before anybody asked for it, then made the one that a session wants. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DEVICES, type Viewport } from '@tandem/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages } from '../harness/pages.ts'

/** What a page can see of the device that it is on. */
const DEVICE = `({
  inner: [innerWidth, innerHeight], outer: [outerWidth, outerHeight], place: [screenX, screenY],
  screen: [screen.width, screen.height, screen.availWidth, screen.availHeight, screen.orientation.type, screen.orientation.angle],
  ratio: devicePixelRatio, touch: ['ontouchstart' in window, navigator.maxTouchPoints], agent: navigator.userAgent,
  hints: JSON.stringify(navigator.userAgentData), platform: navigator.platform,
  media: ['(pointer: coarse)', '(hover: none)', '(orientation: portrait)'].map((query) => matchMedia(query).matches),
})`
const PAGE = '<!doctype html><meta name="viewport" content="width=device-width"><title>device</title><h1>device</h1>'

const open: TestBrowser[] = []
afterEach(async () => {
  for (const test of open.splice(0)) await test.close()
})

async function launch(viewport: Viewport): Promise<TestBrowser> {
  const test = await startTestBrowser({ viewport: { ...viewport } })
  open.push(test)
  return test
}

/** As the first tab sees it, a later one, and a popup of the page's own. */
async function devices(test: TestBrowser, url: string): Promise<unknown[]> {
  await test.open(url)
  const first = await test.evaluate(DEVICE)
  await test.browser.openTab()
  await test.open(url)
  const second = await test.evaluate(DEVICE)
  const opened = test.next('tabs', ({ tabs }) => tabs.length === 3 && tabs.every((tab) => tab.title === 'device' && !tab.loading))
  await test.evaluate('void window.open(location.href)')
  const { tabs } = await opened
  return [first, second, await test.evaluate(DEVICE, tabs.at(-1)?.id)]
}

describe('a browser that is adopted', () => {
  it.each([
    ['desktop', 'phone'],
    ['desktop', '1080p'],
    ['phone', 'desktop'],
  ] as const)('from %s to %s is the device that one launched for it is, in every tab', async (from, to) => {
    await using pages = await servePages({ '/device': PAGE })
    const [launched, adopted] = [await launch(DEVICES[to]), await launch(DEVICES[from])]
    await adopted.browser.adopt({ viewport: { ...DEVICES[to] }, filesDir: join(adopted.folder, 'session') })
    expect(adopted.browser.viewport).toEqual(DEVICES[to])
    const url = `${pages.url}/device`
    expect(await devices(adopted, url)).toEqual(await devices(launched, url))
  })

  it('shows its picture in the new size, and keeps downloads and uploads in the new folder', async () => {
    await using pages = await servePages()
    const { browser, folder, next, open: show } = await launch(DEVICES.desktop)
    const filesDir = join(folder, 'session')
    await browser.adopt({ viewport: { ...DEVICES.phone }, filesDir })
    await show(`${pages.url}/`)
    const config = next('mediaConfig')
    await browser.capture.encode({ codecs: ['vp8'], audio: false, quality: 'auto' })
    expect(await config).toMatchObject({ width: 1206, height: 2622 })
    await browser.capture.encode(null)
    const completed = next('download', ({ state }) => state === 'completed')
    await browser.navigate(`${pages.url}/download`)
    const path = browser.downloadPath((await completed).id)
    expect(path.startsWith(filesDir)).toBe(true)
    expect(existsSync(path)).toBe(true)
    await browser.saveUpload({ name: 'a.txt', mime: 'text/plain', data: Buffer.from('a') })
    expect(existsSync(join(filesDir, 'uploads'))).toBe(true)
    expect(existsSync(join(folder, 'files', 'uploads'))).toBe(false)
  })
})
