/** What people do on a session's page: with each other, and with what the page asks or gives. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { DESKTOP, PHONE, Person } from '../harness/dashboard.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'

const WORK = `<!doctype html><title>Work</title><style>body { margin: 0 } input, a, button { position: absolute; left: 100px; width: 400px; height: 50px }</style>
<input style="top: 100px"><input type="password" style="top: 200px"><a href="/download" style="top: 300px">Download</a>
<button style="top: 400px" onclick="window.open('/next', 'popup', 'width=600,height=400')">Popup</button>`
const LONG_TITLE = 'A very long title of a page that goes on and on, much longer than any tab can show it'

let server: TestServer
let sessions: SpareSessions
let pages: Pages
let browser: Browser
let downloads: string
beforeAll(async () => {
  server = await startTestServer()
  sessions = new SpareSessions(server)
  pages = await servePages({ '/work': WORK, '/long': `<!doctype html><title>${LONG_TITLE}</title>` })
  browser = await Person.browser()
  downloads = await mkdtemp(join(tmpdir(), 'tandem-saved-'))
})
afterEach(() => sessions.giveBack())
afterAll(async () => {
  await pages?.close()
  await server?.close()
  if (downloads !== undefined) await rm(downloads, { recursive: true, force: true })
})

const guest = (id: string, role: 'view' | 'control', viewport?: typeof DESKTOP): Promise<Person> => Person.guest(browser, server, id, role, viewport)
const owner = (id: string): Promise<Person> => Person.owner(browser, server, id, { downloads })
const work = () => sessions.create({ initial_url: `${pages.url}/work` })

test('an admin takes control over another holder, who reads why; a guest has no such button', async () => {
  const { id } = await work()
  await using holder = await guest(id, 'control')
  await using other = await guest(id, 'control')
  await using admin = await owner(id)
  await holder.live()
  await holder.takeControl()
  await other.sees('Ask for control')
  expect(await other.page.$('[data-action=take-anyway]')).toBeNull()
  await admin.press('[data-action=take-anyway]')
  await admin.page.waitForSelector('[data-action=hand-back]')
  await holder.sees('You no longer drive. An admin took control.')
  await holder.page.waitForSelector('[data-chip=human]')
})

test('the mode is changed from the page; without turns there is no wheel to take, and in mode shared everybody types', async () => {
  const { id } = await work()
  await using admin = await owner(id)
  await using other = await guest(id, 'control')
  await other.live()
  await admin.live()
  await admin.takeControl()
  await admin.choosesFromMenu('Shared')
  await admin.sees('You no longer drive. The mode of the session changed.')
  await other.page.waitForSelector('[data-chip=both]')
  expect(await other.page.$('[data-action=take]')).toBeNull()
  await other.goesTo(`${pages.url}/next`)
  await admin.page.waitForSelector('[role=tab][title^="Next"]')
  await admin.choosesFromMenu('Agent only')
  await other.sees('The agent drives, people watch.')
  expect(await other.page.$('[data-action=take]')).toBeNull()
  await admin.choosesFromMenu('Manual')
  await other.sees('Nobody drives')
  await other.takeControl()
})

test('a shared link is made, copied and opened elsewhere: one to watch cannot take control, one for control can', async () => {
  const { id } = await work()
  await using admin = await owner(id)
  await admin.live()
  await admin.page
    .browserContext()
    .setPermission(server.url, { permission: { name: 'clipboard-read' }, state: 'granted' }, { permission: { name: 'clipboard-write' }, state: 'granted' })
  const shared = async (what: string): Promise<Person> => {
    await admin.page.bringToFront()
    await admin.press('[data-action=share]')
    await admin.press(`dialog ::-p-text(${what})`)
    await admin.press('dialog button[type=submit]')
    await admin.press('dialog [aria-label="Copy link"]')
    await admin.page.waitForSelector('dialog [aria-label=Copied]')
    const link = await admin.page.evaluate(() => navigator.clipboard.readText())
    await admin.press('dialog [aria-label=Close]')
    const person = await Person.at(browser)
    await person.page.goto(link)
    await person.live()
    return person
  }
  await using watcher = await shared('Watch')
  await watcher.sees('You are watching.')
  expect(await watcher.page.$('[data-action=take]')).toBeNull()
  expect(await watcher.page.$('[data-action=share]')).toBeNull()
  await using helper = await shared('Watch and take control')
  await helper.takeControl()
  await watcher.page.waitForSelector('[data-chip=human]')
})

test('a viewer renames themself, everybody reads it, and the name stays after a reload', async () => {
  const { id } = await work()
  await using admin = await owner(id)
  await using viewer = await guest(id, 'control')
  await viewer.live()
  await viewer.press('[aria-label$=" watching"]')
  await viewer.page.locator('[aria-label="Your name"]').fill('Grace Hopper')
  await viewer.page.keyboard.press('Enter')
  await viewer.sees('Grace Hopper (you)')
  await viewer.page.reload()
  await viewer.live()
  await viewer.takeControl()
  await admin.sees('Grace Hopper drives')
})

test('a download of the page lands in the tray, and from there in the hands of the viewer', async () => {
  const { id } = await work()
  await using admin = await owner(id)
  await admin.live()
  await admin.takeControl()
  await admin.pressInPicture(130, 310)
  await admin.press('[aria-label=Downloads]')
  await admin.sees('report.txt')
  await admin.press('[aria-label="Save report.txt"]')
  await vi.waitFor(async () => expect(await readFile(join(downloads, 'report.txt'), 'utf8')).toBe('the report'), 10_000)
})

test('a page behind HTTP authentication is signed into from the page; a watcher reads who answers', async () => {
  const { id } = await work()
  await using admin = await owner(id)
  await using viewer = await guest(id, 'view')
  await viewer.live()
  await admin.live()
  await admin.takeControl()
  await admin.goesTo(`${pages.url}/auth`)
  await admin.page.waitForSelector('[data-prompt=auth]')
  await viewer.sees('Owner answers this.')
  expect(await viewer.page.$('[role=dialog] input')).toBeNull()
  await admin.page.keyboard.type('tandem')
  await admin.page.keyboard.press('Tab')
  await admin.page.keyboard.type('secret')
  await admin.page.keyboard.press('Enter')
  await viewer.page.waitForSelector('[role=tab][title^="Inside"]')
  await viewer.page.waitForSelector('[data-prompt=auth]', { hidden: true })
})

test('while the holder types a password the others see a sign instead of the picture', async () => {
  const { id } = await work()
  await using holder = await guest(id, 'control')
  await using viewer = await guest(id, 'view')
  await viewer.live()
  await holder.live()
  await holder.takeControl()
  await holder.pressInPicture(200, 225)
  await holder.page.keyboard.type('secret')
  await viewer.sees('Hidden for privacy')
  expect(await viewer.page.$eval('.tandem-host', (element) => getComputedStyle(element).visibility)).toBe('hidden')
  expect(await holder.page.$('[data-sign]')).toBeNull()
  await holder.pressInPicture(200, 125)
  await viewer.seesNoMore('Hidden for privacy')
})

test('a popup is followed, many tabs with long titles stay inside the strip, and a phone has them in a sheet', async () => {
  const { id } = await work()
  await using holder = await guest(id, 'control')
  const { page } = holder
  await holder.live()
  await holder.takeControl()
  await holder.pressInPicture(150, 425)
  await page.waitForSelector('[role=tab][aria-selected=true][title^="Next"]')
  await holder.goesTo(`${pages.url}/long`)
  await page.waitForSelector(`[role=tab][aria-selected=true][title^="${LONG_TITLE}"]`)
  for (let count = 3; count <= 14; count++) {
    await holder.press('[aria-label="New tab"]')
    await page.waitForFunction((wanted) => document.querySelectorAll('[role=tab]').length === wanted, {}, count)
  }
  // The newest tab is in sight, the button after it too, and the page has not grown.
  const newest = await page.$eval('[role=tab][aria-selected=true]', (tab) => tab.getBoundingClientRect().right)
  const button = await page.$eval('[aria-label="New tab"]', (element) => element.getBoundingClientRect().right)
  expect(newest).toBeLessThan(button)
  expect(button).toBeLessThanOrEqual(DESKTOP.width)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(DESKTOP.width)

  await using phone = await guest(id, 'control', PHONE)
  await phone.live()
  await phone.page.tap('[aria-label="14 tabs"]')
  await phone.sees(LONG_TITLE)
  const sheet = await phone.page.$eval('[role=dialog]', (element) => element.getBoundingClientRect().right)
  expect(sheet).toBeLessThanOrEqual(PHONE.width)
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
})
