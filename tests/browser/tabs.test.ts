import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages({
    '/opener': `<!doctype html><title>Opener</title><link rel="icon" href="/icon.png">
      <button style="position:absolute;left:0;top:0;width:100px;height:40px" onclick="globalThis.popup = open('/next', 'popup', 'width=300,height=300')">open</button>
      <a style="position:absolute;left:0;top:60px;width:100px;height:40px" href="/next" target="_blank" rel="noopener">link</a>`,
    '/size': '<!doctype html><title>Size</title><script>document.title = [innerWidth, innerHeight, devicePixelRatio].join()</script>',
  })
  test = await startTestBrowser()
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  await test.browser.setHumanDriving(false)
  const id = await test.browser.openTab()
  for (const tab of test.browser.tabs()) {
    if (tab.id === id) continue
    const closed = test.next('tabs', ({ tabs }) => !tabs.some((other) => other.id === tab.id))
    await test.browser.closeTab(tab.id)
    await closed
  }
})

it('tells address, title, icon, loading and history of a tab', async () => {
  const { browser, next } = test
  const loaded = next('tabs', ({ tabs }) => tabs.some((tab) => tab.title === 'Opener' && !tab.loading && tab.faviconUrl !== null))
  await test.open(`${pages.url}/opener`)
  expect((await loaded).tabs[0]).toMatchObject({ url: `${pages.url}/opener`, faviconUrl: `${pages.url}/icon.png`, crashed: false, isolated: false })
  const back = next('tabs', ({ tabs }) => tabs[0]?.title === 'Next' && tabs[0].canGoBack)
  await test.open(`${pages.url}/next`)
  await back
  expect(browser.pageState()).toMatchObject({ url: `${pages.url}/next`, title: 'Next', tab_id: browser.activeTabId })
})

it('hears of a title that a page changes and of an address that it pushes', async () => {
  const { next, evaluate } = test
  await test.open(`${pages.url}/next`)
  const titled = next('page', ({ title }) => title === 'Changed')
  await evaluate('document.title = "Changed"')
  await titled
  const pushed = next('page', ({ url }) => url === `${pages.url}/pushed`)
  await evaluate('history.pushState(null, "", "/pushed")')
  await pushed
})

it('goes back, forward and reloads, and says when there is nothing to go back to', async () => {
  const { browser, evaluate } = test
  await test.open(`${pages.url}/opener`)
  await test.open(`${pages.url}/next`)
  await browser.history('back')
  expect(await evaluate('location.pathname')).toBe('/opener')
  await browser.history('forward')
  expect(await evaluate('location.pathname')).toBe('/next')
  await evaluate('globalThis.mark = 1')
  await browser.history('reload')
  expect(await evaluate('typeof mark')).toBe('undefined')
  await expect(browser.history('forward')).rejects.toMatchObject({ code: 'browser/navigation-failed' })
})

it('refuses addresses that may not be opened, before Chromium sees them', async () => {
  const { browser } = test
  for (const url of ['file:///etc/passwd', 'chrome://version', 'javascript:alert(1)']) {
    await expect(browser.navigate(url)).rejects.toMatchObject({ code: 'browser/url-refused' })
    await expect(browser.openTab(url)).rejects.toMatchObject({ code: 'browser/url-refused' })
  }
  expect(browser.tabs()).toHaveLength(1)
})

it('says that a page could not be opened, in the answer and in the page state', async () => {
  const { browser, next } = test
  const errored = next('page', ({ state }) => state === 'errored')
  await expect(browser.navigate('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'browser/navigation-failed', message: expect.stringContaining('ERR_') })
  expect(await errored).toMatchObject({ url: 'http://127.0.0.1:1/', error: { kind: 'unreachable' } })
  await test.open(`${pages.url}/next`)
  expect(browser.pageState().error).toBeNull()
})

it('stops a navigation to a server that never answers', async () => {
  const { browser, next } = test
  await test.open(`${pages.url}/next`)
  const loading = next('page', ({ state }) => state === 'loading')
  const refused = browser.navigate(`${pages.url}/slow`).catch((error: unknown) => error)
  await loading
  await browser.history('stop')
  expect(await refused).toMatchObject({ code: 'browser/navigation-failed', message: expect.stringContaining('stopped') })
  expect(browser.pageState()).toMatchObject({ url: `${pages.url}/next`, state: 'loaded' })
})

it('follows a popup while a human drives, and goes back to its opener when it closes', async () => {
  const { browser, next } = test
  await test.open(`${pages.url}/opener`)
  const openerId = browser.activeTabId
  await browser.setHumanDriving(true)
  const followed = next('tabs', ({ tabs, activeTabId }) => activeTabId !== openerId && tabs.some((tab) => tab.id === activeTabId && tab.title === 'Next'))
  browser.input(click(50, 20))
  const { activeTabId, tabs } = await followed
  expect(tabs.find((tab) => tab.id === activeTabId)).toMatchObject({ openerId })
  const returned = next('tabs', (list) => list.tabs.length === 1)
  await browser.closeTab(activeTabId ?? '')
  expect((await returned).activeTabId).toBe(openerId)
})

it('follows a link to a new tab without an opener, but not one that is opened in the background', async () => {
  const { browser, next } = test
  await test.open(`${pages.url}/opener`)
  const openerId = browser.activeTabId
  await browser.setHumanDriving(true)
  const background = next('tabs', ({ tabs }) => tabs.length === 2)
  browser.input(click(50, 80, { modifiers: ['ctrl'] }))
  expect((await background).activeTabId).toBe(openerId)
  const foreground = next('tabs', ({ activeTabId }) => activeTabId !== openerId)
  browser.input(click(50, 80))
  expect((await foreground).tabs).toHaveLength(3)
})

it("does not follow an agent's popup", async () => {
  const { browser, next, evaluate } = test
  await test.open(`${pages.url}/opener`)
  const openerId = browser.activeTabId
  const opened = next('tabs', ({ tabs }) => tabs.length === 2)
  await evaluate('void open("/next")')
  expect((await opened).activeTabId).toBe(openerId)
})

it('has a tab again after the last one was closed', async () => {
  const { browser, next } = test
  const old = browser.activeTabId
  const replaced = next('tabs', ({ activeTabId }) => activeTabId !== null && activeTabId !== old)
  await browser.closeTab(old ?? '')
  expect((await replaced).tabs).toHaveLength(1)
  await test.open(`${pages.url}/next`)
})

it('tells no more of what a page says of itself than everybody can be sent each time', async () => {
  const { browser, next } = test
  await test.open(`${pages.url}/next`)
  const told = next('tabs', ({ tabs }) => tabs.some((tab) => tab.title.startsWith('loud') && tab.url.includes('?loud')))
  const loud = `{
    const icon = document.head.appendChild(document.createElement('link'))
    icon.rel = 'icon'
    icon.href = 'data:image/png;base64,' + 'A'.repeat(200_000)
    history.pushState(null, '', '?loud' + 'x'.repeat(200_000))
    document.title = 'loud' + 'x'.repeat(500_000)
  }`
  await test.evaluate(loud)
  await told
  // Of the address that it had, or has: both are told, and neither is long.
  expect(JSON.stringify(browser.tabs()).length).toBeLessThan(40_000)
  expect(JSON.stringify(browser.pageState()).length).toBeLessThan(40_000)
  await test.open(`${pages.url}/next`)
  expect(browser.pageState().url).toBe(`${pages.url}/next`)
})

it('switches to another tab, which then has the focus of a human who drives', async () => {
  const { browser, evaluate } = test
  await browser.setHumanDriving(true)
  const first = browser.activeTabId ?? ''
  const second = await browser.openTab(`${pages.url}/next`)
  expect(browser.activeTabId).toBe(second)
  expect(await evaluate('document.hasFocus()', second)).toBe(true)
  await browser.activateTab(first)
  expect(browser.activeTabId).toBe(first)
  expect(await evaluate('document.hasFocus()', first)).toBe(true)
  expect(await evaluate('document.hasFocus()', second)).toBe(false)
  await browser.setHumanDriving(false)
  expect(await evaluate('document.hasFocus()', second)).toBe(true)
  await expect(browser.activateTab('nonsense')).rejects.toMatchObject({ code: 'browser/tab-not-found' })
  await expect(browser.closeTab('nonsense')).rejects.toMatchObject({ code: 'browser/tab-not-found' })
})

it("gives every tab the session's screen before its first script, popups and isolated contexts included", async () => {
  const { browser, next } = test
  const { root } = browser.connection
  await test.open(`${pages.url}/size`)
  const sized = next('tabs', ({ tabs }) => tabs.filter((tab) => tab.title === '1280,720,1').length === 3)
  await test.evaluate('void open("/size", "p", "width=300,height=200")')
  const { browserContextId } = await root.send('Target.createBrowserContext', {})
  await root.send('Target.createTarget', { url: `${pages.url}/size`, browserContextId })
  const { tabs } = await sized
  expect(tabs.map((tab) => tab.isolated)).toEqual([false, false, true])
})

it('shows the capture page as a tab to nobody', async () => {
  const { browser } = test
  const { targetInfos } = await browser.connection.root.send('Target.getTargets', { filter: [{}] })
  const hidden = targetInfos.filter(({ targetId }) => browser.isHiddenTarget(targetId))
  expect(hidden.map(({ url }) => url)).toEqual([expect.stringMatching(/^chrome-extension:.*capture\.html$/)])
  expect(browser.tabs().map((tab) => tab.id)).not.toContain(hidden[0]?.targetId)
})

it('closes what a page opens beyond fifty tabs, says so once, and goes on when there is room', async () => {
  const { browser, next, evaluate, close } = await startTestBrowser()
  let told = 0
  browser.events.on('tabRefused', () => void (told += 1))
  try {
    const refused = next('tabRefused')
    await evaluate('for (let count = 0; count < 60; count++) open(); 0')
    expect(await refused).toEqual({ limit: 50 })
    expect(browser.tabs()).toHaveLength(50)
    await expect(browser.openTab()).rejects.toMatchObject({ code: 'browser/tab-limit' })
    // Those that were one too many are gone from Chromium itself, but for its own and the capture page.
    await expect.poll(() => pageCount(browser), { timeout: 20_000 }).toBe(50)
    expect(told).toBe(1)
    const room = next('tabs', ({ tabs }) => tabs.length === 49)
    await browser.closeTab(browser.tabs().at(-1)?.id ?? '')
    await room
    await browser.openTab()
    expect(browser.tabs()).toHaveLength(50)
  } finally {
    await close()
  }
})

async function pageCount({ connection }: TestBrowser['browser']): Promise<number> {
  const { targetInfos } = await connection.root.send('Target.getTargets')
  return targetInfos.filter(({ type, url }) => type === 'page' && !url.startsWith('chrome')).length
}
