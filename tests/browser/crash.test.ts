import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages()
  test = await startTestBrowser()
})
afterAll(async () => {
  await test.close()
  await pages.close()
})

/** A viewer that never answers is enough: the picture is made for it. */
const watch = () => test.browser.capture.connect({ peerId: 'viewer', iceServers: [], iceTransportPolicy: 'all', audio: false })

it('reloads a page whose renderer died, once, and says so', async () => {
  const { browser, next } = test
  await test.open(`${pages.url}/next`)
  const session = await browser.connection.attach(browser.activeTabId ?? '')
  const told = next('tabCrashed')
  const back = next('page', ({ state, title }) => state === 'loaded' && title === 'Next')
  session.send('Page.crash').catch(() => {})
  expect(await told).toEqual({ tabId: browser.activeTabId, recovered: true })
  await back
  expect(browser.tabs()[0]?.crashed).toBe(false)
  expect(await test.evaluate('[innerWidth, document.title]')).toEqual([1280, 'Next'])
})

it('leaves a page that crashes again as it is, and takes the next address', async () => {
  const { browser, next } = test
  const session = await browser.connection.attach(browser.activeTabId ?? '')
  const told = next('tabCrashed')
  const errored = next('page', ({ error }) => error?.kind === 'crashed')
  session.send('Page.crash').catch(() => {})
  expect(await told).toMatchObject({ recovered: false })
  await errored
  expect(browser.tabs()[0]?.crashed).toBe(true)
  await test.open(`${pages.url}/form.html`)
  expect(browser.tabs()[0]?.crashed).toBe(false)
})

it('watches the page again after its crash', async () => {
  const { browser, next } = test
  await browser.setHumanDriving(true)
  const secret = next('secretFocus', (on) => on)
  await test.evaluate('password.focus()')
  await secret
})

it('makes the capture page anew when it is lost, and shows the tab again', async () => {
  const { browser, next } = test
  expect(await browser.capture.ping()).toEqual({ peers: 0 })
  const { targetInfos } = await browser.connection.root.send('Target.getTargets', { filter: [{}] })
  const capture = targetInfos.find(({ targetId }) => browser.isHiddenTarget(targetId))
  await watch()
  const told = next('captureLost')
  const shown = next('capture', (message) => message.type === 'stream' && message.info.tabId === browser.activeTabId && message.info.source === 'tab')
  await browser.connection.root.send('Target.closeTarget', { targetId: capture?.targetId ?? '' })
  expect(await told).toMatchObject({ recovered: true })
  await watch()
  await shown
  expect(browser.isHiddenTarget(capture?.targetId ?? '')).toBe(false)
  expect(await browser.capture.ping()).toEqual({ peers: 1 })
})

it('feeds the picture of an isolated tab from its screencast', async () => {
  const { browser, next } = test
  const { root } = browser.connection
  const { browserContextId } = await root.send('Target.createBrowserContext', {})
  const { targetId } = await root.send('Target.createTarget', { url: `${pages.url}/text.html`, browserContextId })
  const shown = next('capture', (message) => message.type === 'stream' && message.info.tabId === targetId && message.info.source === 'screencast')
  await browser.activateTab(targetId)
  await shown
  await browser.capture.disconnect({ peerId: 'viewer' })
})
