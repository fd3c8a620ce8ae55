/** Rooms in the dashboard: LiveKit servers as people see and use them, and a picture out of one, under the page's own Content-Security-Policy. */
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BLUE, FORM } from '../client/fixture.ts'
import { Person } from '../harness/dashboard.ts'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let livekit: LiveKit
let server: TestServer
let pages: Pages
let browser: Browser

beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer()
  pages = await servePages()
  browser = await Person.browser()
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
  await livekit?.close()
})

async function atNodes(): Promise<Person> {
  const person = await Person.at(browser)
  await person.page.goto(server.loginUrl)
  await person.sees('New session')
  await person.press('a ::-p-text(Nodes)')
  return person
}

const field = (label: string): string => `::-p-aria([name="${label}"][role="textbox"])`

test('a LiveKit server is registered by hand, taken out of use and put back; its secret is not to be read again', async () => {
  await using person = await atNodes()
  await person.sees('No LiveKit server')
  await person.press('button ::-p-text(Register a node)')
  const { livekit: given } = livekit.registration('eu-1')
  await person.page.locator(field('Name')).fill('eu-1')
  await person.page.locator(field('Address')).fill(given.ws_url)
  await person.page.locator(field('API key')).fill(given.api_key)
  await person.page.locator('input[type=password]').fill(given.api_secret)
  await person.press('dialog button[type=submit]:not(:disabled)')
  await person.sees('“eu-1” is registered')
  await person.press('dialog button[type=submit]')
  await person.sees('In use')
  expect(await person.page.content()).not.toContain(given.api_secret)
  await person.press('[aria-label="Actions for eu-1"]')
  await person.press('[role=menuitem] ::-p-text(Cordon)')
  await person.sees('Cordoned')
  await person.press('[aria-label="Actions for eu-1"]')
  await person.press('[role=menuitem] ::-p-text(Put back into use)')
  await person.sees('In use')
  await livekit.stop()
  await person.sees('Down')
  await livekit.start()
  await person.sees('In use')
  expect(person.complaints).toEqual([])
})

test('a picture comes out of the room on that server, which is another origin; the badge and its menu say so', async () => {
  const session = await server.create({ initial_url: pages.set('/form', FORM) })
  expect(session.room).toMatchObject({ node_id: 'eu-1' })
  await using person = await Person.owner(browser, server, session.id)
  await person.live()
  await person.page.goto(`${server.url}/sessions/${session.id}?transport=room`)
  await person.live()
  await person.seesColour({ x: 0.5, y: 0.9 }, BLUE)
  await person.press('[data-badge=live]')
  await person.sees('LiveKit room, as chosen')
  expect(await person.page.$eval('[data-choice=transport]', (select) => (select instanceof HTMLSelectElement ? select.value : null))).toBe('room')
  expect(person.complaints).toEqual([])
})

test('where there is no LiveKit server the menu does not offer it, and says why', async () => {
  await using bare = await startTestServer()
  const session = await bare.create({ initial_url: pages.set('/form', FORM) })
  await using person = await Person.owner(browser, bare, session.id)
  await person.live()
  await person.press('[data-badge=live]')
  const said = await person.page.waitForSelector('[data-refused]')
  expect(await said?.evaluate((element) => element.textContent)).toMatch(/^Room: .*LiveKit/)
  expect(await person.page.$eval('[data-choice=transport] option[value=room]', (option) => option instanceof HTMLOptionElement && option.disabled)).toBe(true)
})
