/** The dashboard as people use it: a real server, a real session, a real Chromium in front of the built pages. */
import type { AgentSession } from '@tandem/client'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PHONE, Person } from '../harness/dashboard.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'

const RED = [255, 0, 0] as const
const GREEN = [0, 160, 0] as const
const TYPING = `<!doctype html><title>Typing</title><style>body { margin: 0; background: rgb(255 0 0) }</style>
<input id="field" style="position: absolute; left: 100px; top: 150px; width: 600px; height: 60px; font-size: 30px">
<script>field.oninput = () => { document.title = 'Got ' + field.value; if (field.value === 'hello') document.body.style.background = 'rgb(0 160 0)' }</script>`
const QUESTIONS = `<!doctype html><title>Questions</title><style>body { margin: 0 } button, input { position: absolute; left: 100px; width: 400px; height: 60px }</style>
<button style="top: 100px" onclick="document.title = confirm('Really remove it?') ? 'Yes' : 'No'">Ask</button>
<input type="date" style="top: 200px" onchange="document.title = 'Chose ' + this.value">
<input type="file" style="top: 300px" onchange="document.title = 'File ' + this.files[0]?.name">`

let server: TestServer
let sessions: SpareSessions
let pages: Pages
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  sessions = new SpareSessions(server)
  pages = await servePages({ '/typing': TYPING, '/questions': QUESTIONS })
  browser = await Person.browser()
})
afterEach(() => sessions.giveBack())
afterAll(async () => {
  await pages?.close()
  await server?.close()
})

const guest = (id: string, role: 'view' | 'control', viewport?: typeof PHONE): Promise<Person> => Person.guest(browser, server, id, role, viewport)
const session = async (id: string): Promise<AgentSession> => (await server.request('GET', `/v1/agent-sessions/${id}`)).body

test('the link logs in and leaves the address; a session is made, watched, driven and handed back with a note', async () => {
  await using owner = await Person.at(browser)
  const { page } = owner
  await page.goto(server.loginUrl)
  await owner.sees('chromium.connectOverCDP')
  expect(page.url()).toBe(`${server.url}/`)

  await owner.press('::-p-text(New session)')
  await page.locator('dialog input').fill(`${pages.url}/typing`)
  await owner.press('dialog button[type=submit]')
  await owner.live()
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await owner.seesColour({ x: 0.9, y: 0.9 }, RED)
  expect(await page.title()).toContain('The agent drives')

  await owner.takeControl()
  expect(await page.title()).toContain('You drive')
  await owner.pressInPicture(300, 180)
  await page.keyboard.type('hello')
  await owner.seesColour({ x: 0.9, y: 0.9 }, GREEN)
  await page.waitForSelector('[role=tab][title^="Got hello"]')

  await owner.press('[data-action=hand-back]')
  await page.locator('textarea[aria-label="Note for the agent"]').fill('The name is in.')
  await owner.press('[data-action=confirm-hand-back]')
  await page.waitForSelector('[data-action=take]')
  expect((await session(id)).control).toMatchObject({ driver: { kind: 'agent' }, last_handback: { outcome: 'done', note: 'The name is in.' } })

  await owner.press('[aria-label=Timeline]')
  await page.waitForSelector('[data-entry="control.handed-back"]')
  await owner.sees('The name is in.')
  expect(owner.complaints).toEqual([])
})

test('a session is closed from the list after a question, and its page then says so and keeps the timeline', async () => {
  const { id } = await sessions.create({ name: 'To be closed' })
  await using owner = await Person.at(browser)
  await owner.page.goto(server.loginUrl)
  await owner.press(`[data-session="${id}"] [aria-label="Close To be closed"]`)
  await owner.sees('This cannot be undone')
  await owner.press('dialog button[type=submit]')
  await owner.page.waitForSelector(`[data-session="${id}"]`, { hidden: true })
  await owner.page.goto(`${server.url}/sessions/${id}`)
  await owner.sees('This session is over')
  await owner.page.waitForSelector('[data-entry="session.closed"]')
})

test('a viewer sees the end of a session at once, and never an old picture as live', async () => {
  const { id } = await sessions.create({ initial_url: `${pages.url}/typing` })
  await using viewer = await guest(id, 'view')
  await viewer.live()
  await server.request('DELETE', `/v1/agent-sessions/${id}`)
  await viewer.sees('This session is closed')
  expect(await viewer.page.$('.tandem-view[data-old]')).not.toBeNull()
})

test('a link to watch shows the picture without a login, and has nothing to drive with', async () => {
  const { id } = await sessions.create({ initial_url: `${pages.url}/typing` })
  await using viewer = await guest(id, 'view')
  await viewer.live()
  await viewer.seesColour({ x: 0.9, y: 0.9 }, RED)
  expect(viewer.page.url()).toBe(`${server.url}/sessions/${id}`)
  expect(await viewer.page.$('[data-action=take]')).toBeNull()
  expect(await viewer.page.$eval('[aria-label=Address]', (input) => input instanceof HTMLInputElement && input.readOnly)).toBe(true)
  // A reload keeps the guest in: the token stays in this tab.
  await viewer.page.reload()
  await viewer.live()
})

test('one viewer asks for control, the holder gives it', async () => {
  const { id } = await sessions.create()
  await using first = await guest(id, 'control')
  await using second = await guest(id, 'control')
  await first.live()
  await first.takeControl()
  await second.press('::-p-text(Ask for control)')
  await first.press('::-p-text(Give control)')
  await second.page.waitForSelector('[data-action=hand-back]')
  await first.page.waitForSelector('[data-chip=human]')
})

test('the agent asks for a human, who takes control, and its answer comes with the note', async () => {
  const { id } = await sessions.create()
  await using helper = await guest(id, 'control')
  await helper.live()
  const asked = server.request('POST', `/v1/agent-sessions/${id}/human-requests`, { body: { reason: 'Enter the code', instructions: 'Six digits' } })
  await helper.sees('Six digits')
  expect(await helper.page.$eval('[aria-live=polite].sr-only', ({ textContent }) => textContent)).toBe('The agent asks for help: Enter the code')
  await helper.press('[data-notice=human-request] ::-p-text(Take control)')
  await helper.page.waitForSelector('[data-action=hand-back]')
  await helper.press('[data-notice=human-request] ::-p-text(Done)')
  await helper.page.locator('[data-notice=human-request] textarea').fill('It was 123456.')
  await helper.press('::-p-text(Tell the agent it is done)')
  expect((await asked).body).toMatchObject({ outcome: 'done', note: 'It was 123456.' })
  await helper.page.waitForSelector('[data-action=take]')
})

test("the page's dialog, its date picker and its file chooser are answered in the dashboard", async () => {
  const { id } = await sessions.create({ initial_url: `${pages.url}/questions` })
  await using driver = await guest(id, 'control')
  const { page } = driver
  await driver.live()
  await driver.takeControl()
  await driver.pressInPicture(200, 130)
  await page.waitForSelector('[data-prompt=confirm]')
  await driver.sees('Really remove it?')
  await driver.press('[role=dialog] button[type=submit]')
  await page.waitForSelector('[role=tab][title^="Yes"]')

  // The little calendar at the field's right end opens the picker.
  await driver.pressInPicture(485, 230)
  await page.waitForSelector('[data-picker=date] input')
  // This browser's own calendar is open over the field; the field under it takes digits.
  await page.keyboard.press('Escape')
  await page.focus('[data-picker=date] input')
  await page.keyboard.type('11202026')
  await driver.press('[data-picker=date] button[type=submit]')
  await page.waitForSelector('[role=tab][title^="Chose 2026-11-20"]')

  await driver.pressInPicture(150, 330)
  const input = await page.waitForSelector('input[type=file]')
  await input?.uploadFile(import.meta.filename)
  await page.waitForSelector('[role=tab][title^="File dashboard.test.ts"]')
})

test('the address bar goes where the driver says, refuses what may not be opened, and tabs open and close', async () => {
  const { id } = await sessions.create({ initial_url: `${pages.url}/typing` })
  await using driver = await guest(id, 'control')
  const { page } = driver
  await driver.live()
  await driver.takeControl()
  await driver.goesTo('file:///etc/passwd')
  await page.waitForSelector('form [role=alert]')
  await page.keyboard.press('Escape')
  await driver.goesTo(`${pages.url}/questions`)
  await page.waitForSelector('[role=tab][title^="Questions"]')
  await driver.press('[aria-label="New tab"]')
  await page.waitForFunction(() => document.querySelectorAll('[role=tab]').length === 2)
  await driver.press('[role=tab][aria-selected=true] ~ button')
  await page.waitForFunction(() => document.querySelectorAll('[role=tab]').length === 1)
})

test('on a phone nothing is wider than the screen, and a finger can take control', async () => {
  const { id } = await sessions.create({ device: 'phone', initial_url: `${pages.url}/typing` })
  await using phone = await guest(id, 'control', PHONE)
  await phone.live()
  await phone.page.waitForSelector('[data-action=take]:not(:disabled)')
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
  await phone.page.tap('[data-action=take]')
  await phone.page.waitForSelector('[data-action=hand-back]')
  await phone.page.waitForSelector('[aria-label=Keyboard]')
})

test('without a credential the page asks for one, refuses a wrong key in words, and takes the API key', async () => {
  await using stranger = await Person.at(browser)
  await stranger.page.goto(server.url)
  await stranger.sees('Sign in to Tandem')
  await stranger.page.locator('input').fill('tandem_key_wrong')
  await stranger.press('button[type=submit]')
  await stranger.sees('The server does not know this key or link.')
  await stranger.page.locator('input').fill(server.apiKey)
  await stranger.press('button[type=submit]')
  await stranger.sees('Sessions')
})

test('an expired link, a withdrawn link and an unknown session each say what they are', async () => {
  const { id } = await sessions.create()
  const { body } = await server.request('POST', `/v1/agent-sessions/${id}/viewer-tokens`, { body: { role: 'view' } })
  await server.request('DELETE', `/v1/agent-sessions/${id}/viewer-tokens/${body.id}`)
  await using guest = await Person.at(browser)
  await guest.page.goto(body.url)
  await guest.sees('This link was withdrawn')
  await using other = await Person.at(browser)
  await other.page.goto(`${server.url}/#token=${server.loginUrl.split('=')[1]?.slice(0, -4)}aaaa`)
  await other.sees('This link does not work')
  await using owner = await Person.at(browser)
  await owner.page.goto(server.loginUrl)
  await owner.sees('New session')
  await owner.page.goto(`${server.url}/sessions/agt_00000000-0000-4000-8000-000000000000`)
  await owner.sees('No such session')
})

test('while the server is down the page says so and tries again by itself until it is back', async () => {
  await using owner = await Person.at(browser)
  await owner.page.goto(server.loginUrl)
  await owner.sees('New session')
  await owner.page.setRequestInterception(true)
  let down = true
  owner.page.on('request', (request) => {
    if (down && request.url().includes('/v1/')) void request.abort('connectionrefused')
    else void request.continue()
  })
  await owner.page.goto(server.url)
  await owner.sees('The server does not answer')
  await owner.sees('Next try in')
  down = false
  await owner.sees('New session')
})
