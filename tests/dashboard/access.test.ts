/** What the owner hands out and takes back in the dashboard: links, viewers, keys; and what happens on the other side. */
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Person, PHONE } from '../harness/dashboard.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'

const RED = [255, 0, 0] as const

let server: TestServer
let sessions: SpareSessions
let pages: Pages
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  sessions = new SpareSessions(server)
  pages = await servePages({ '/red': '<!doctype html><title>Red</title><body style="background: rgb(255 0 0)">' })
  browser = await Person.browser()
})
afterEach(() => sessions.giveBack())
afterAll(async () => {
  await pages?.close()
  await server?.close()
})

const red = () => sessions.create({ initial_url: `${pages.url}/red` })

/** Makes a link in the share dialog, which stays open. */
async function makeLink(owner: Person, name: string, once = false): Promise<string> {
  await owner.press('[data-action=share]')
  await owner.page.locator('dialog input[placeholder^="Ada"]').fill(name)
  if (once) await owner.press('[role=switch][aria-label="Works once"]')
  await owner.press('dialog ::-p-text(Make link)')
  const line = await owner.page.waitForSelector('[data-share] input[aria-label=link]')
  return (await line?.evaluate((input) => (input instanceof HTMLInputElement ? input.value : ''))) ?? ''
}

test('a link made in the dashboard opens in another browser, is counted there, and ends when it is withdrawn', async () => {
  const { id } = await red()
  await using owner = await Person.owner(browser, server, id)
  await owner.live()
  const link = await makeLink(owner, 'Bank demo')
  await using guest = await Person.at(browser)
  await guest.page.goto(link)
  await guest.live()
  await guest.seesColour({ x: 0.5, y: 0.5 }, RED)
  await owner.sees('1 watching now')
  await owner.press('dialog [aria-label="Withdraw Bank demo"]')
  await owner.press('[role=alertdialog] ::-p-text(Withdraw link)')
  await guest.sees('This link was withdrawn')
  expect(await guest.page.$('.tandem-view[data-old]')).not.toBeNull()
  await owner.page.waitForSelector('[data-link]', { hidden: true })
  await guest.page.reload()
  await guest.sees('This link was withdrawn')
})

test('a link that works once lets its viewer reload, and tells the next one why not', async () => {
  const { id } = await red()
  await using owner = await Person.owner(browser, server, id)
  await owner.live()
  const link = await makeLink(owner, 'For Ada', true)
  await using first = await Person.at(browser)
  await first.page.goto(link)
  await first.live()
  await using second = await Person.at(browser)
  await second.page.goto(link)
  await second.sees('This link was used already')
  await first.page.reload()
  await first.live()
})

test('the owner sees from where somebody watches, and removes them with their link', async () => {
  const { id } = await red()
  await using owner = await Person.owner(browser, server, id)
  await using guest = await Person.guest(browser, server, id, 'control')
  await guest.live()
  await guest.takeControl()
  await owner.live()
  await owner.press('[data-action=viewers]')
  await owner.sees('127.0.0.1 · Headless Chrome on Linux')
  await owner.press('[aria-label="Remove Guest"]')
  await owner.sees('and control goes back to the agent')
  await owner.press('[role=alertdialog] button[type=submit]')
  await guest.sees('Your watching was ended')
  await owner.page.waitForSelector('[data-chip=agent]')
  await guest.page.reload()
  await guest.sees('This link')
})

test('a key made in the dashboard works by REST until it is revoked there, and the audit log has it all', async () => {
  await using owner = await Person.at(browser)
  await owner.page.goto(server.loginUrl)
  await owner.press('nav ::-p-text(API keys)')
  await owner.press('::-p-text(New key)')
  await owner.page.locator('dialog input').fill('nightly run')
  await owner.press('dialog button[type=submit]')
  const shown = await owner.page.waitForSelector('[data-secret="API key"] input')
  const key = (await shown?.evaluate((input) => (input instanceof HTMLInputElement ? input.value : ''))) ?? ''
  await owner.press('dialog ::-p-text(Done)')
  await owner.sees('nightly run')
  expect((await server.request('GET', '/v1/agent-sessions', { token: key })).status).toBe(200)
  await owner.press('[aria-label="Revoke nightly run"]')
  await owner.press('[role=alertdialog] button[type=submit]')
  await owner.sees('Revoked')
  expect((await server.request('GET', '/v1/agent-sessions', { token: key })).status).toBe(401)
  // Shown once: no page has it any more.
  expect(await owner.page.content()).not.toContain(key)

  await owner.press('nav ::-p-text(Audit log)')
  await owner.sees('made an API key')
  await owner.sees('revoked an API key')
  await owner.page.select('select[aria-label=Show]', 'auth.*')
  await owner.seesNoMore('made an API key')
  await owner.sees('signed in')
  expect(owner.complaints).toEqual([])
})

test('the way and the quality of the address are honoured, changed in the badge, and kept by a reload', async () => {
  const { id } = await red()
  await using owner = await Person.owner(browser, server, id)
  await owner.page.goto(`${server.url}/sessions/${id}?transport=jpeg&quality=low`)
  await owner.live()
  await owner.press('[data-badge]')
  await owner.sees('JPEG pictures')
  await owner.page.select('[data-choice=transport]', 'websocket')
  await owner.page.waitForFunction(() => location.search === '?transport=websocket&quality=low')
  await owner.sees('Live\nVideo over WebSocket')
  await owner.page.reload()
  await owner.live()
  await owner.press('[data-badge]')
  await owner.sees('Live\nVideo over WebSocket')
  await owner.seesColour({ x: 0.5, y: 0.5 }, RED)
})

test('the list shows a small picture of each session, on a phone nothing is wider than the screen', async () => {
  await red()
  await using owner = await Person.at(browser, PHONE)
  await owner.page.goto(server.loginUrl)
  await owner.page.waitForFunction(
    () => [...document.querySelectorAll<HTMLImageElement>('[data-session] img')].some((image) => image.complete && image.naturalWidth > 0),
    { timeout: 25_000 },
  )
  for (const path of ['/', '/profiles', '/keys', '/webhooks', '/nodes', '/audit']) {
    await owner.page.goto(server.url + path)
    await owner.page.waitForSelector('h1')
    expect(await owner.page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
  }
})
