/** `<tandem-view>` and the page for iframes, in a page of another site: pictures, the wheel, what the site hears, and who may not. */
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from '../harness/dashboard.ts'
import { serveEmbedder } from '../harness/embedder.ts'
import type { Embedder } from '../harness/embedder.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const BLUE = [0, 0, 255] as const

let server: TestServer
let pages: Pages
let browser: Browser
let embedder: Embedder
beforeAll(async () => {
  embedder = await serveEmbedder()
  server = await startTestServer({ origins: [embedder.origin] })
  pages = await servePages({ '/blue': '<!doctype html><title>Blue</title><body style="background: rgb(0 0 255)">' })
  browser = await Person.browser()
})
afterAll(async () => {
  embedder?.close()
  await pages?.close()
  await server?.close()
})

const blue = () => server.create({ initial_url: `${pages.url}/blue` })

async function embedded(id: string, path: '/element' | '/frame', origin = embedder.origin): Promise<Person> {
  const { body } = await server.request('POST', `/v1/agent-sessions/${id}/viewer-tokens`, { body: { role: 'control' } })
  const person = await Person.at(browser)
  await person.page.goto(`${origin}${path}?${new URLSearchParams({ server: server.url, session: id, token: body.token, link: body.url })}`)
  return person
}

const state = async (id: string) => (await server.request('GET', `/v1/agent-sessions/${id}`)).body

test('two elements on a foreign page show one session, each in its own way, and tell the page', async () => {
  const { id } = await blue()
  await using person = await embedded(id, '/element')
  const { page } = person
  await person.seesColour({ x: 0.5, y: 0.5 }, BLUE, '#one')
  await person.seesColour({ x: 0.5, y: 0.5 }, BLUE, '#two')
  await page.waitForFunction(() => document.querySelector('#one')?.getAttribute('id') === 'one')
  const heard = 'heard.some(([id, type, detail]) => id === "two" && type === "tandem-status" && detail.status === "live" && detail.transport === "jpeg")'
  await page.waitForFunction(heard)
  expect((await state(id)).viewers).toBe(2)

  // Attributes change it in place.
  await page.evaluate(`document.querySelector('#two').setAttribute('transport', 'websocket')`)
  await page.waitForFunction('document.querySelector("#two").snapshot.transport === "websocket"', { timeout: 20_000 })
  await page.evaluate(`document.querySelector('#two').quality = 'low'`)
  await page.waitForFunction('document.querySelector("#two").snapshot.quality === "low"')
  expect((await state(id)).viewers).toBe(2)
  expect(person.complaints).toEqual([])
})

test('the wheel is taken by the strip and by the method, and goes back when the element is taken away', async () => {
  const { id } = await blue()
  await using person = await embedded(id, '/element')
  const { page } = person
  await page.waitForFunction('document.querySelector("#one").status === "live" && document.querySelector("#two").status === "live"', { timeout: 20_000 })
  await person.press('#one >>> [data-action=take]:not(:disabled)')
  await page.waitForFunction('document.querySelector("#one").holding')
  await page.waitForFunction(
    'heard.some(([id, type, detail]) => id === "two" && type === "tandem-control" && detail.driver === "human" && detail.name === "One")',
  )
  await person.press('#one >>> [data-action=hand-back]')
  await page.waitForFunction('!document.querySelector("#one").holding')

  await page.evaluate('document.querySelector("#two").takeControl()')
  expect(await page.evaluate('document.querySelector("#two").holding')).toBe(true)
  const refused = await page.evaluate('document.querySelector("#one").takeControl().then(() => null, ({ code }) => code)')
  expect(refused).toMatch(/^control\//)

  // Moved within the page it stays who it is.
  await page.evaluate('document.body.prepend(document.querySelector("#two"))')
  await page.evaluate('new Promise(requestAnimationFrame)')
  expect(await page.evaluate('document.querySelector("#two").holding')).toBe(true)
  await page.evaluate('globalThis.gone = document.querySelector("#two"); gone.remove()')
  await page.waitForFunction(
    'heard.some(([id, type, detail], index) => id === "one" && type === "tandem-control" && detail.driver === "agent" && index === heard.length - 1)',
  )
  expect(await page.evaluate('gone.liveView')).toBeNull()
  expect((await state(id)).viewers).toBe(1)

  // Put back it connects again.
  await page.evaluate('document.body.append(gone)')
  await page.waitForFunction('gone.status === "live"', { timeout: 20_000 })
})

test('a link that is withdrawn ends the element with a sign that says so', async () => {
  const { id } = await blue()
  await using person = await embedded(id, '/element')
  const { page } = person
  await page.waitForFunction('document.querySelector("#one").status === "live"', { timeout: 20_000 })
  const { body } = await server.request('GET', `/v1/agent-sessions/${id}/viewer-tokens`)
  for (const link of body.data) await server.request('DELETE', `/v1/agent-sessions/${id}/viewer-tokens/${link.id}`)
  await page.waitForSelector('#one >>> [data-sign=ended] ::-p-text(This link was withdrawn)')
  await page.waitForFunction('heard.some(([id, type, detail]) => id === "one" && detail.status === "ended" && detail.code === "auth/revoked")')
})

test('an iframe shows the picture, tells its page, and takes control when its page asks', async () => {
  const { id } = await blue()
  await using person = await embedded(id, '/frame')
  const { page } = person
  await page.waitForFunction('heard.some(({ tandem, status }) => tandem === "status" && status === "live")', { timeout: 20_000 })
  expect(await page.evaluate('heard.every(({ origin }) => origin === new URL(document.querySelector("iframe").src).origin)')).toBe(true)
  await page.evaluate('ask({ tandem: "takeControl", id: 1 })')
  await page.waitForFunction('heard.some(({ tandem, id, error }) => tandem === "result" && id === 1 && error === null)')
  await page.waitForFunction('heard.some(({ tandem, holding }) => tandem === "control" && holding)')
  expect((await state(id)).control.driver).toMatchObject({ kind: 'human' })
  // Another window of the page is not its parent; what it says is not heard.
  await page.evaluate(`
    const other = document.createElement('iframe')
    document.body.append(other)
    const script = other.contentDocument.createElement('script')
    script.textContent = "parent.document.querySelector('iframe').contentWindow.postMessage({ tandem: 'handBack', id: 2 }, '*')"
    other.contentDocument.body.append(script)
    ask({ tandem: 'hello', id: 3 })
  `)
  await page.waitForFunction('heard.some(({ tandem, id }) => tandem === "result" && id === 3)')
  expect(await page.evaluate('heard.some(({ id }) => id === 2)')).toBe(false)
  expect((await state(id)).control.driver).toMatchObject({ kind: 'human' })
  await page.evaluate('ask({ tandem: "handBack", id: 4, outcome: "done" })')
  await page.waitForFunction('heard.some(({ tandem, id, error }) => tandem === "result" && id === 4 && error === null)')
  expect((await state(id)).control.state).toBe('ai-driving')
  expect(person.complaints).toEqual([])
})

test('a site that nobody has allowed gets neither the iframe nor the element', async () => {
  const { id } = await blue()
  await using framed = await embedded(id, '/frame', embedder.strangeOrigin)
  await framed.page.waitForFunction('document.querySelector("iframe")')
  await waitFor(() => framed.complaints.some((text) => text.includes('frame-ancestors')))
  await using element = await embedded(id, '/element', embedder.strangeOrigin)
  await waitFor(() => element.complaints.length > 0)
  expect(await element.page.evaluate('customElements.get("tandem-view") === undefined || heard.every(([, , { status }]) => status !== "live")')).toBe(true)
  expect((await state(id)).viewers).toBe(0)
})

test('the page for iframes shows nothing by the cookie alone', async () => {
  const { id } = await blue()
  await using owner = await Person.owner(browser, server, id)
  await owner.page.goto(`${server.url}/embed/${id}`)
  await owner.sees('This link is not complete')
})

async function waitFor(check: () => boolean): Promise<void> {
  await expect.poll(check, { timeout: 20_000 }).toBe(true)
}
