/** The React components in a foreign page: the picture, the strip with the wheel, the callbacks, and a hybrid view that changes its way without losing anything. */
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { escapeTwice, Person } from '../harness/dashboard.ts'
import { serveEmbedder } from '../harness/embedder.ts'
import type { Embedder } from '../harness/embedder.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const BLUE = [0, 0, 255] as const
const GREEN = [0, 160, 0] as const

let server: TestServer
let pages: Pages
let browser: Browser
let embedder: Embedder
beforeAll(async () => {
  embedder = await serveEmbedder()
  server = await startTestServer({ origins: [embedder.origin] })
  pages = await servePages({
    '/press': `<!doctype html><title>Press</title><style>body { margin: 0; background: rgb(0 0 255) }</style><script>onclick = () => (document.body.style.background = 'rgb(0 160 0)')</script>`,
  })
  browser = await Person.browser()
})
afterAll(async () => {
  embedder?.close()
  await pages?.close()
  await server?.close()
})

async function embedded(id: string, query: Record<string, string> = {}): Promise<Person> {
  const { body } = await server.request('POST', `/v1/agent-sessions/${id}/viewer-tokens`, { body: { role: 'control' } })
  const person = await Person.at(browser)
  await person.page.goto(`${embedder.origin}/react?${new URLSearchParams({ server: server.url, session: id, token: body.token, ...query })}`)
  return person
}

test('a foreign page shows the picture, takes control, drives, hands back, and hears of each input', async () => {
  const session = await server.create({ initial_url: `${pages.url}/press` })
  await using person = await embedded(session.id)
  const { page } = person
  await page.waitForSelector('.tandem-view[data-status=live][data-connection=connected]')
  await person.sees('Live stream')
  await person.seesColour({ x: 0.5, y: 0.5 }, BLUE)
  // Fitted with letterbox into 900 x 600 above the strip.
  const picture = await page.$eval('.tandem-picture', (element) => {
    const { width, height } = element.getBoundingClientRect()
    return { width, ratio: width / height }
  })
  expect(picture.width).toBeLessThanOrEqual(900)
  expect(picture.ratio).toBeCloseTo(1280 / 720, 1)

  await person.press('::-p-text(Take control)')
  await page.waitForSelector('::-p-text(Hand back)')
  await person.pressInPicture(640, 360)
  await person.seesColour({ x: 0.9, y: 0.9 }, GREEN)
  const click = await page.evaluate('controlEvents.find((event) => event.type === "click")')
  expect(click).toMatchObject({ type: 'click', x: expect.closeTo(640, -1), y: expect.closeTo(360, -1) })

  // With the keyboard alone: Tab is the page's, and Escape twice the way out of it.
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Keyboard input for the remote page')
  await escapeTwice(page)
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Expand')

  await person.press('[aria-label=Expand]')
  const wide = await page.$eval('.tandem-view', (element) => element.getBoundingClientRect().width)
  expect(wide).toBeGreaterThan(1_200)
  await person.press('[aria-label=Collapse]')
  await person.press('::-p-text(Hand back)')
  await page.waitForSelector('::-p-text(Take control)')
  expect(person.complaints).toEqual([])
})

test('a hybrid view changes between screenshots and stream under one connection: control stays, and presses have coordinates', async () => {
  const session = await server.create({ initial_url: `${pages.url}/press` })
  await using person = await embedded(session.id, { view: 'hybrid' })
  const { page } = person
  await page.waitForSelector('.tandem-view[data-status=live]')
  await person.sees('Screenshots')
  await person.seesColour({ x: 0.5, y: 0.5 }, BLUE)
  await person.press('[data-action=take]:not(:disabled)')
  await page.waitForSelector('[data-action=hand-back]')
  const { control } = await state(session.id)

  await person.press('::-p-aria(Live stream)')
  await person.sees('You are in control.')
  await page.waitForFunction(() => document.querySelector('.tandem-host')?.shadowRoot?.querySelector('video:not(.next)') instanceof HTMLVideoElement, {
    timeout: 20_000,
  })
  expect((await state(session.id)).control).toMatchObject({ epoch: control.epoch, driver: control.driver })

  await person.press('::-p-aria(Screenshot)')
  await page.waitForSelector('.tandem-view[data-status=live] [data-state=connected] ::-p-text(Screenshots)')
  await person.pressInPicture(320, 180)
  await page.waitForSelector('.tandem-click ::-p-text(320, 180)')
  await person.seesColour({ x: 0.5, y: 0.5 }, GREEN)
  expect(await page.evaluate('clicks')).toEqual([{ x: expect.closeTo(320, -1), y: expect.closeTo(180, -1) }])
  expect((await state(session.id)).control).toMatchObject({ epoch: control.epoch, driver: control.driver })
  expect(await page.evaluate('modes')).toEqual(['stream', 'screenshot'])
  // One viewer all the while.
  expect((await state(session.id)).viewers).toBe(1)
  expect(person.complaints).toEqual([])
})

test('a name changes in place, and another token makes another connection that keeps the mode', async () => {
  const session = await server.create({ initial_url: `${pages.url}/press` })
  await using person = await embedded(session.id, { view: 'hybrid' })
  const { page } = person
  const names = async () => (await server.request('GET', `/v1/agent-sessions/${session.id}/viewers`)).body.data.map(({ name }: { name: string }) => name)
  const streams = () =>
    page.waitForFunction(
      () => document.querySelector('.tandem-host')?.shadowRoot?.querySelector('.surface:not(.before) video:not(.next)') instanceof HTMLVideoElement,
      { timeout: 20_000 },
    )
  await page.waitForSelector('.tandem-view[data-status=live]')
  await page.evaluate('change({ name: "Ada" })')
  await expect.poll(names, { timeout: 20_000 }).toEqual(['Ada'])

  await page.evaluate('setMode("stream")')
  await streams()
  const { body } = await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role: 'control' } })
  await page.evaluate((token) => {
    document.querySelector('.tandem-host')?.shadowRoot?.querySelector('.surface')?.classList.add('before')
    Reflect.get(globalThis, 'change')({ token })
  }, body.token)
  await streams()
  await expect.poll(names, { timeout: 20_000 }).toEqual(['Ada'])
})

test('left to itself a hybrid view rests on screenshots, and streams when a human is needed', async () => {
  const session = await server.create({ initial_url: `${pages.url}/press` })
  await using person = await embedded(session.id, { view: 'hybrid', mode: 'auto' })
  const { page } = person
  await page.waitForSelector('.tandem-view[data-status=live]')
  await page.waitForSelector('[role=radio][aria-checked=true][title^="Screenshot"]')
  const abort = new AbortController()
  const asked = server
    .request('POST', `/v1/agent-sessions/${session.id}/human-requests`, { body: { reason: 'Enter the code' }, signal: abort.signal })
    .catch(() => null)
  await page.waitForSelector('[role=radio][aria-checked=true][title^="Live stream"]')
  abort.abort()
  await asked
  await page.waitForSelector('[role=radio][aria-checked=true][title^="Screenshot"]')
  expect(await page.evaluate('modes')).toEqual(['stream', 'screenshot'])
})

/** The accessible name of what has the focus, in whatever shadow root it is. */
function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => {
    const outer = document.activeElement
    return (outer?.shadowRoot?.activeElement ?? outer)?.getAttribute('aria-label')
  })
}

async function state(id: string) {
  return (await server.request('GET', `/v1/agent-sessions/${id}`)).body
}
