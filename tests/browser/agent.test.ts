/** An agent's own Playwright beside ours in the same Chromium: neither takes from the other what is its own. */
import type { AddressInfo } from 'node:net'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../packages/server/src/control/clock.ts'
import { Control } from '../../packages/server/src/control/control.ts'
import { Gateway } from '../../packages/server/src/gateway/gateway.ts'
import { startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let test: TestBrowser
let pages: Pages
let sockets: WebSocketServer
let gateway: Gateway
let agent: Browser
let page: Page
beforeAll(async () => {
  pages = await servePages()
  test = await startTestBrowser()
  // Both at once: what our watching does to the agent shows even while a human drives.
  gateway = new Gateway({ browser: test.browser, control: new Control({ mode: 'shared', clock: systemClock }) })
  sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => sockets.once('listening', resolve))
  sockets.on('connection', (socket) => gateway.accept(socket, { id: 'agent', name: 'agent', credential: 'agent' }))
  // A listening server has an address and a port.
  agent = await chromium.connectOverCDP(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await agent.close()
  gateway.close('The test is over.')
  sockets.close()
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  await test.browser.setHumanDriving(false)
  const open = agent.contexts()[0]?.pages()[0]
  if (!open) throw new Error('The agent sees no page.')
  page = open
  await page.goto(`${pages.url}/form.html`)
})

it('keeps its own routes, also while ours ask for passwords', async () => {
  await page.route('**/routed', (route) => route.fulfill({ contentType: 'text/html', body: '<title>from the route</title>' }))
  for (const driving of [false, true, false]) {
    await test.browser.setHumanDriving(driving)
    await page.goto(`${pages.url}/routed`)
    expect(await page.title()).toBe('from the route')
  }
  await page.unroute('**/routed')
})

it('answers its own dialogs and file choosers while it drives', async () => {
  const told: string[] = []
  test.browser.events.on('dialogOpened', ({ message }) => told.push(message))
  test.browser.events.on('fileChooserOpened', ({ id }) => told.push(id))
  page.once('dialog', (dialog) => void dialog.accept('agent'))
  expect(await page.evaluate('prompt("who?")')).toBe('agent')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#file')])
  await chooser.setFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  expect(await page.evaluate('file.files[0].name')).toBe('a.txt')
  expect(told).toEqual([])
  test.browser.events.removeAllListeners('dialogOpened')
  test.browser.events.removeAllListeners('fileChooserOpened')
})

it("has its choosers again after a human's turn", async () => {
  await test.browser.setHumanDriving(true)
  await test.browser.setHumanDriving(false)
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#file')])
  expect(chooser.isMultiple()).toBe(true)
})

it('opens pages, popups and isolated contexts, which are ready and listed', async () => {
  const { browser, next } = test
  const context = await agent.newContext()
  const isolated = await context.newPage()
  await isolated.goto(`${pages.url}/next`)
  expect(await isolated.title()).toBe('Next')
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate('void open("/next")')])
  await popup.waitForLoadState()
  expect(await popup.evaluate('innerWidth')).toBe(1280)
  expect(
    browser
      .tabs()
      .map((tab) => tab.isolated)
      .toSorted(),
  ).toEqual([false, false, true])
  const gone = next('tabs', ({ tabs }) => tabs.length === 1)
  await popup.close()
  await context.close()
  await gone
})

it('drags with its own mouse while it drives', async () => {
  await page.setContent(`<div id="from" draggable="true" style="width:100px;height:100px">from</div><div id="to" style="width:100px;height:100px">to</div><script>
    to.ondragover = (event) => event.preventDefault(); to.ondrop = () => { to.textContent = 'dropped' }</script>`)
  await page.dragAndDrop('#from', '#to')
  expect(await page.textContent('#to')).toBe('dropped')
})

it('selects and fills date fields by its own means, also beside a human', async () => {
  await test.browser.setHumanDriving(true)
  await page.selectOption('#select', 'c')
  await page.fill('#date', '2027-02-03')
  expect(await page.evaluate('[select.value, date.value]')).toEqual(['c', '2027-02-03'])
})
