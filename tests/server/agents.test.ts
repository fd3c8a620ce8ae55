/** Agents on the server's own CDP address, with viewers who watch them: the two halves of the product together. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WORLD } from '@tandem/browser'
import { chromium } from 'playwright-core'
import puppeteer from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { RawClient } from '../harness/rawClient.ts'
import { chromiumsOf, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'

let server: TestServer
let sessions: SpareSessions
let pages: Pages

beforeAll(async () => {
  pages = await servePages({
    '/form': '<!doctype html><title>form</title><input id=name><button id=go onclick="document.title = document.querySelector(`#name`).value">go</button>',
    '/files': '<!doctype html><title>files</title><a href="/report">file</a><iframe src="/frame"></iframe>',
    '/report': (_request, response) => void response.writeHead(200, { 'content-disposition': 'attachment; filename="report.txt"' }).end('the report'),
    '/frame': '<a href="/report">file</a>',
    '/other': '<!doctype html><title>other</title>',
    '/unsaved': '<!doctype html><title>unsaved</title><script>onbeforeunload = (event) => event.preventDefault()</script>',
    '/focus': `<!doctype html><title>focus</title><input><script>
globalThis.heard = []
for (const type of ['focus', 'blur', 'visibilitychange']) addEventListener(type, () => heard.push(type))
</script>`,
  })
  server = await startTestServer()
  sessions = new SpareSessions(server)
})
afterEach(() => sessions.giveBack())
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

test('Playwright connects by the address in the session, viewers see who it is and where its pointer goes', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers.some((other) => other.kind === 'agent' && other.role === 'agent'))
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.agents).toBe(1)
  const [page] = browser.contexts()[0]!.pages()
  await page!.fill('#name', 'from the agent')
  await page!.click('#go')
  await viewer.event('agent.pointer', ({ type }) => type === 'down')
  await viewer.event('tab.listChanged', ({ tabs }) => tabs[0]?.title === 'from the agent')
  await browser.close()
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers.length === 1)
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}/screenshot`)).status).toBe(200)
})

test('viewers follow the agent to the tab that it works in', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const context = browser.contexts()[0]!
  const first = context.pages()[0]!
  const second = await context.newPage()
  await second.goto(`${pages.url}/other`)
  await second.mouse.move(5, 5)
  const there = await viewer.event('tab.listChanged', ({ tabs, activeTabId }) => tabs.find((tab) => tab.id === activeTabId)?.url === `${pages.url}/other`)
  const back = viewer.next('tab.listChanged', ({ activeTabId }) => activeTabId !== there.activeTabId && activeTabId === viewer.hello.activeTabId)
  await first.mouse.move(6, 6)
  expect((await back).tabs).toHaveLength(2)
  await browser.close()
})

test('from the takeover on nothing of the agent reaches the page, afterwards it goes on in the same page', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const page = browser.contexts()[0]!.pages()[0]!
  expect(await page.title()).toBe('form')
  const { epoch } = await viewer.call('control.take', {})
  await expect(page.click('#go')).rejects.toThrow('control/human-driving')
  await expect(page.evaluate(() => document.title)).rejects.toThrow('control/human-driving')
  await viewer.call('page.navigate', { url: `${pages.url}/other`, epoch })
  await viewer.call('control.release', { outcome: 'done', note: 'moved on' })
  await expect.poll(() => page.title().catch(() => '')).toBe('other')
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.control.last_handback).toMatchObject({ outcome: 'done', note: 'moved on' })
  await browser.close()
})

test('nothing that we ask a page counts as a gesture of a person, or shows among its scripts', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/other` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await puppeteer.connect({ browserWSEndpoint: session.cdp.ws_url, defaultViewport: null })
  const [page] = await browser.pages()
  const cdp = await page!.createCDPSession()
  const told: string[] = []
  cdp.on('Runtime.executionContextCreated', ({ context }) => told.push(context.name))
  cdp.on('Debugger.scriptParsed', ({ url }) => told.push(url))
  for (const command of ['Runtime.enable', 'Debugger.enable', 'Profiler.enable'] as const) await cdp.send(command)
  await cdp.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await page!.goto(`${pages.url}/unsaved`)
  await viewer.event('tab.listChanged', ({ tabs }) => tabs[0]?.title === 'unsaved')
  const { result } = await cdp.send('Profiler.takePreciseCoverage')
  expect([...told, ...result.map(({ url }) => url)].filter((name) => name.startsWith('tandem'))).toEqual([])
  // Not by `page.evaluate`: Puppeteer's own is a gesture.
  expect((await cdp.send('Runtime.evaluate', { expression: 'navigator.userActivation.hasBeenActive' })).result.value).toBe(false)
  // A page that nobody touched is left without a question, which nobody here would answer.
  await page!.goto(`${pages.url}/other`)
  await browser.disconnect()
})

test('an agent goes back and forward', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const page = browser.contexts()[0]!.pages()[0]!
  await page.goto(`${pages.url}/other`)
  await page.goBack()
  expect(await page.title()).toBe('form')
  await page.goForward()
  expect(await page.title()).toBe('other')
  await browser.close()
})

test('every tab of an agent has the focus, whichever is shown', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/focus` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await puppeteer.connect({ browserWSEndpoint: session.cdp.ws_url, defaultViewport: null })
  const [first] = await browser.pages()
  const second = await browser.newPage()
  const followed = viewer.next('tab.listChanged', ({ activeTabId }) => activeTabId !== viewer.hello.activeTabId)
  await second.goto(`${pages.url}/focus`)
  await followed
  for (const page of [first!, second]) {
    const isFirst = page === first
    const shown = viewer.next('tab.listChanged', ({ activeTabId }) => (activeTabId === viewer.hello.activeTabId) === isFirst)
    await page.mouse.move(5, 5)
    await shown
  }
  const seen = () => Promise.all([first!, second].map((page) => page.evaluate(() => [document.hasFocus(), ...Reflect.get(globalThis, 'heard')])))
  expect(await seen()).toEqual([[true], [true]])
  await browser.disconnect()
})

test('a screenshot that the agent asked for before a takeover shows nothing of the turn', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const at = `/v1/agent-sessions/${session.id}`
  const { body } = await server.request('POST', `${at}/viewer-tokens`, { body: { role: 'agent' } })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const page = browser.contexts()[0]!.pages()[0]!
  // A page that stands still has its picture taken when it goes on.
  const opened = page.waitForEvent('dialog')
  await page.evaluate(() => void setTimeout(() => alert('stop')))
  await opened
  const asked = server.request('GET', `${at}/screenshot`, { token: body.token })
  await server.request('GET', at, { token: body.token })
  const { epoch } = await viewer.call('control.take', {})
  const { id: dialogId } = await viewer.event('dialog.opened')
  await viewer.call('dialog.answer', { dialogId, accept: true, epoch })
  expect(await asked).toMatchObject({ status: 409, body: { code: 'control/human-driving' } })
  await viewer.call('control.release', {})
  expect((await server.request('GET', `${at}/screenshot`, { token: body.token })).status).toBe(200)
  await browser.close()
})

test('Playwright and Puppeteer connect by HTTP too, both at once, and Browser.close ends the client alone', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const endpoint = `${server.url}/v1/agent-sessions/${session.id}/cdp`
  const headers = { authorization: `Bearer ${server.apiKey}` }
  const byHttp = await chromium.connectOverCDP(endpoint, { headers })
  const byPuppeteer = await puppeteer.connect({ browserWSEndpoint: session.cdp.ws_url, defaultViewport: null })
  expect((await byPuppeteer.pages()).map((page) => page.url())).toContain(`${pages.url}/form`)
  const cdp = await byHttp.newBrowserCDPSession()
  await cdp.send('Browser.close').catch(() => undefined)
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.status).toBe('active')
  expect((await byPuppeteer.pages()).length).toBeGreaterThan(0)
  await byPuppeteer.disconnect()
  await byHttp.close().catch(() => undefined)
})

test('an agent that stands still is told to be silent and does not count, and is back when it goes on', async () => {
  const session = await sessions.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  const client = await RawClient.open(session.cdp.ws_url)
  const agents = async () => (await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.agents
  await expect.poll(agents).toBe(1)
  client.socket.pause()
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers.some(({ kind, silent }) => kind === 'agent' && silent === true))
  expect(await agents()).toBe(0)
  const back = viewer.next('viewer.listChanged', ({ viewers }) => viewers.some(({ kind, silent }) => kind === 'agent' && silent === false))
  client.socket.resume()
  await back
  expect(await agents()).toBe(1)
  expect((await client.send('Browser.getVersion')).result).toBeDefined()
  client.socket.close()
})

test('closing the session ends the agent, and its Chromium', async () => {
  const session = await sessions.create()
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const gone = new Promise<void>((resolve) => browser.once('disconnected', () => resolve()))
  const pids = chromiumsOf(session.id)
  expect(pids.length).toBeGreaterThan(0)
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  await gone
  expect(chromiumsOf(session.id)).toEqual([])
  await expect(chromium.connectOverCDP(session.cdp.ws_url)).rejects.toThrow(/409|closed/)
  const { data } = (await server.request('GET', `/v1/agent-sessions/${session.id}/timeline`)).body
  expect(data.slice(-2).map(({ type }: { type: string }) => type)).toEqual(['session.agent-left', 'session.closed'])
})

test('a browser that hangs is said to hang, and said to go on', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const viewer = await LiveClient.join(session.live.ws_url)
  await viewer.call('media.start', { transport: 'webrtc' })
  const pids = chromiumsOf(session.id)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    expect((await viewer.event('stream.stalled')).reason).toContain('does not answer')
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
  await viewer.event('stream.stalled', ({ reason }) => reason === null)
})

test('what a human downloads arrives, with an agent connected and after it has left', async () => {
  const session = await sessions.create({
    initial_url: pages.set(
      '/download',
      '<!doctype html><a style="position:absolute;left:0;top:0;width:300px;height:300px;background:gold" download="note.txt" href="data:text/plain,kept">get</a>',
    ),
  })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  await browser.contexts()[0]!.pages()[0]!.waitForSelector('a')
  const { epoch } = await viewer.call('control.take', {})
  const get = async (): Promise<string> => {
    const done = viewer.next('download.changed', ({ state }) => state === 'completed')
    const at = { x: 100, y: 100, button: 0 as const, clickCount: 1 }
    viewer.notify('input.dispatch', {
      epoch,
      events: [
        { type: 'mouseDown', ...at },
        { type: 'mouseUp', ...at },
      ],
    })
    return (await done).id
  }
  const during = await get()
  await browser.close()
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers.every(({ kind }) => kind === 'human'))
  const after = await get()
  for (const id of [during, after]) {
    const answer = await fetch(`${server.url}/v1/agent-sessions/${session.id}/downloads/${id}`, { headers: { authorization: `Bearer ${server.apiKey}` } })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('kept')
  }
})

test('what an agent asks of a tab that is not shown is answered, and the shown tab stays: screenshots, a PDF, a screencast', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/other`, mode: 'shared' })
  const viewer = await LiveClient.join(session.live.ws_url)
  const client = await RawClient.open(session.cdp.ws_url)
  const attached = await client.send('Target.attachToTarget', { targetId: session.page_state!.tab_id, flatten: true })
  const tab = String(attached.result?.['sessionId'])
  await viewer.call('tab.open', { url: `${pages.url}/form`, epoch: session.control.epoch })
  const shown = await viewer.event('tab.listChanged', ({ activeTabId, tabs }) => activeTabId !== session.page_state!.tab_id && tabs.length === 2)
  const seen = async () =>
    (await client.send('Runtime.evaluate', { expression: 'document.visibilityState + document.hasFocus()', returnByValue: true }, tab)).result?.['result']
  // A page at rest draws for the first screenshot at most.
  for (let taken = 0; taken < 3; taken++) expect((await client.send('Page.captureScreenshot', {}, tab)).result?.['data']).toEqual(expect.any(String))
  const before = await seen()
  const both = await Promise.all([client.send('Page.captureScreenshot', { format: 'jpeg' }, tab), client.send('Page.captureScreenshot', {}, tab)])
  for (const { result } of both) expect(result?.['data']).toEqual(expect.any(String))
  const frame = { expression: 'new Promise((resolve) => requestAnimationFrame(() => resolve(1)))', awaitPromise: true }
  expect((await client.send('Runtime.evaluate', frame, tab)).result?.['result']).toMatchObject({ value: 1 })
  expect((await client.send('Page.printToPDF', {}, tab)).result?.['data']).toEqual(expect.any(String))
  await client.send('Page.enable', {}, tab)
  await client.send('Page.startScreencast', { format: 'jpeg' }, tab)
  await expect.poll(() => client.messages.some(({ method }) => method === 'Page.screencastFrame')).toBe(true)
  expect(await seen()).toEqual(before)
  expect(viewer.events('tab.listChanged').at(-1)?.activeTabId).toBe(shown.activeTabId)
  client.socket.close()
})

test('passkeys are refused, but for an agent that brings an authenticator of its own and while it is there', async () => {
  const session = await sessions.create({ initial_url: `${pages.otherUrl}/other` })
  const [watching, agent] = [await RawClient.open(session.cdp.ws_url), await RawClient.open(session.cdp.ws_url)]
  const attach = async (client: RawClient) =>
    String((await client.send('Target.attachToTarget', { targetId: session.page_state!.tab_id, flatten: true })).result?.['sessionId'])
  const [eye, hand] = [await attach(watching), await attach(agent)]
  const register = `navigator.credentials.create({ publicKey: { challenge: new Uint8Array(16), rp: { name: 'x' }, user: { id: new Uint8Array(8), name: 'n', displayName: 'd' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] } }).then(({ type }) => type, ({ name }) => name)`
  const answer = async () => {
    const { result } = await watching.send('Runtime.evaluate', { expression: register, awaitPromise: true, returnByValue: true, userGesture: true }, eye)
    return (result?.['result'] as { value?: unknown } | undefined)?.value
  }
  await expect.poll(answer).toBe('NotAllowedError')
  await agent.send('WebAuthn.enable', {}, hand)
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
  await agent.send('WebAuthn.addVirtualAuthenticator', { options }, hand)
  expect(await answer()).toBe('public-key')
  await agent.send('WebAuthn.disable', {}, hand)
  expect(await answer()).toBe('NotAllowedError')
  await agent.send('WebAuthn.enable', {}, hand)
  await agent.send('WebAuthn.addVirtualAuthenticator', { options }, hand)
  expect(await answer()).toBe('public-key')
  agent.socket.close()
  await agent.closed
  await expect.poll(answer).toBe('NotAllowedError')
  watching.socket.close()
})

test('an agent whose script speaks in the name of ours during a turn harms nobody', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/form` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const context = browser.contexts()[0]!
  const page = context.pages()[0]!
  const cdp = await context.newCDPSession(page)
  const { frameTree } = await cdp.send('Page.getFrameTree')
  const { executionContextId: contextId } = await cdp.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: WORLD })
  const said = ['{', 'null', '{"type":"picker"}', '{"type":"picker","key":1,"at":null,"picker":{"rect":null}}', '{"type":"cursor","cursor":7}']
  const expression = `void setInterval(() => { if (globalThis.tandemSay) { for (const text of ${JSON.stringify(said)}) tandemSay(text); document.title = 'said' } }, 20)`
  await cdp.send('Runtime.evaluate', { contextId, expression })
  await viewer.call('control.take', {})
  await viewer.event('tab.listChanged', ({ tabs }) => tabs[0]?.title === 'said')
  await viewer.call('control.release', { outcome: 'done' })
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.status).toBe('active')
  await browser.close()
})

test('an agent opens no more than fifty tabs: it is told so, and the timeline tells of those that a page opened beyond', async () => {
  const session = await sessions.create()
  const client = await RawClient.open(session.cdp.ws_url)
  const { sessionId } = await client.page()
  await client.send('Runtime.evaluate', { expression: 'for (let count = 0; count < 60; count++) open(); 0', userGesture: true }, sessionId)
  const types = async (): Promise<string[]> =>
    (await server.request('GET', `/v1/agent-sessions/${session.id}/timeline`)).body.data.map(({ type }: { type: string }) => type)
  await expect.poll(types, { timeout: 120_000 }).toContain('tab.refused')
  expect((await client.send('Target.createTarget', { url: 'about:blank' })).error?.data).toMatchObject({ code: 'browser/tab-limit' })
  client.socket.close()
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
}, 180_000)

test('agents with downloads get their own events and their own files, each as it asked, and nothing of a human', async () => {
  const session = await sessions.create({ initial_url: `${pages.url}/files` })
  const folder = await mkdtemp(join(tmpdir(), 'tandem-downloads-'))
  const inFolder = async (name: string): Promise<string[]> =>
    (await readdir(join(folder, name)).catch(() => [])).filter((file) => !file.endsWith('.crdownload'))
  // The first by name, the second by Playwright in the same and in a context of its own, the third wants none.
  const byName = await puppeteer.connect({ browserWSEndpoint: session.cdp.ws_url })
  const [tab] = await byName.pages()
  const events = await tab!.createCDPSession()
  const named = { behavior: 'allow', downloadPath: join(folder, 'named'), eventsEnabled: true } as const
  await events.send('Browser.setDownloadBehavior', named)
  const finished = (): Promise<string | undefined> =>
    new Promise((resolve) => events.on('Browser.downloadProgress', ({ state, filePath }) => state !== 'inProgress' && resolve(filePath)))
  const browser = await chromium.connectOverCDP(session.cdp.ws_url)
  const page = browser.contexts()[0]!.pages()[0]!
  const denying = await RawClient.open(session.cdp.ws_url)
  await denying.send('Browser.setDownloadBehavior', { behavior: 'deny', eventsEnabled: true })
  const told = (): unknown[] =>
    denying.messages.filter(({ method }) => method?.startsWith('Browser.download')).map(({ params }) => params?.['state'] ?? 'began')

  const atPuppeteer = finished()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .frameLocator('iframe')
      .locator('a')
      .evaluate((link) => link instanceof HTMLElement && link.click()),
  ])
  expect(await readFile(await download.path(), 'utf8')).toBe('the report')
  expect(await atPuppeteer).toBe(join(folder, 'named', 'report.txt'))
  expect(await readFile(join(folder, 'named', 'report.txt'), 'utf8')).toBe('the report')
  expect(told()).toEqual(['began', 'canceled'])

  // Another context is another place, for Playwright its own; of one that there is not Chromium's own words are told.
  const isolated = await (await browser.newContext()).newPage()
  await isolated.goto(`${pages.url}/files`)
  const [other] = await Promise.all([isolated.waitForEvent('download'), isolated.locator('a').evaluate((link) => link instanceof HTMLElement && link.click())])
  expect(await readFile(await other.path(), 'utf8')).toBe('the report')
  const nowhere = { behavior: 'allow', downloadPath: folder, browserContextId: 'none' }
  expect((await denying.send('Browser.setDownloadBehavior', nowhere)).error?.message).toContain('Failed to find browser context for id none')
  expect(await inFolder('named')).toEqual(['report.txt'])

  // Where all say no it is not downloaded at all.
  await events.send('Browser.setDownloadBehavior', { behavior: 'default' })
  const viewer = await LiveClient.join(session.live.ws_url)
  await browser.close()
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers.filter(({ kind }) => kind === 'agent').length === 2)
  // One that does not end by itself: a short one may be there before Chromium hears that nobody wants it.
  pages.set(
    '/endless',
    (_request, response) => void response.writeHead(200, { 'content-type': 'application/zip', 'content-disposition': 'attachment' }).write('the beginning'),
  )
  await tab!.evaluate(() => {
    const link = document.querySelector('a')
    link?.setAttribute('href', '/endless')
    link?.click()
  })
  await viewer.event('download.changed', ({ state }) => state === 'cancelled')

  // A human's: told to viewers alone.
  await events.send('Browser.setDownloadBehavior', named)
  const before = told().length
  const { epoch } = await viewer.call('control.take', {})
  const done = viewer.next('download.changed', ({ state }) => state === 'completed')
  await viewer.call('page.navigate', { url: `${pages.url}/report`, epoch })
  await done
  await denying.send('Browser.getVersion')
  expect(told()).toHaveLength(before)
  expect(await inFolder('named')).toEqual(['report.txt'])
  await byName.disconnect()
  await rm(folder, { recursive: true })
})
