/** The pages around the sessions: webhooks with what was not delivered, profiles, and a new session's limits; and what they mean for whoever watches. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from '../harness/dashboard.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer({ webhookPrivate: true })
  browser = await Person.browser()
})
afterAll(async () => {
  await server?.close()
})

async function signedIn(path = '/'): Promise<Person> {
  const owner = await Person.at(browser)
  await owner.page.goto(server.loginUrl)
  await owner.sees('New session')
  await owner.page.goto(server.url + path)
  return owner
}

test('a webhook is made with its secret shown once; what its target refused is given up, and sent again from there', async () => {
  let status = 410
  const target = createServer((_request, response) => response.writeHead(status).end())
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  // A TCP server: its address is never a pipe's name.
  const { port } = target.address() as AddressInfo
  try {
    await using owner = await signedIn('/webhooks')
    await owner.press('main ::-p-text(New webhook)')
    await owner.page.locator('dialog input[type=url]').fill(`http://127.0.0.1:${port}/hook`)
    await owner.press('dialog button[type=submit]')
    await owner.page.waitForSelector('[data-secret="signing secret"] input')
    await owner.press('dialog ::-p-text(Done)')
    await owner.press('[aria-label="Send a test event"]')
    await owner.sees('Not delivered: 127.0.0.1')
    await server.create()
    await owner.sees('not delivered')
    await owner.sees('Off: its address is gone')
    await owner.press('[aria-label="Show deliveries"]')
    await owner.page.waitForSelector('[data-delivery=dead]')
    await owner.sees('answered 410')
    status = 200
    await owner.press('[aria-label="Send again"]')
    await owner.page.waitForSelector('[data-delivery=delivered]')
    await owner.press('[aria-label="Send a test event"]')
    await owner.sees('Delivered: 127.0.0.1')
    await owner.press('[aria-label="Delete this webhook"]')
    await owner.press('[role=alertdialog] button[type=submit]')
    await owner.sees('No webhooks yet')
  } finally {
    target.closeAllConnections()
    target.close()
  }
})

test('a session made with a profile has it alone: a second one reads who has it, and it is deleted afterwards', async () => {
  await using owner = await signedIn()
  const make = async (): Promise<void> => {
    await owner.press('::-p-text(New session)')
    await owner.page.locator('dialog input[placeholder=None]').fill('shop-admin')
    await owner.press('dialog button[type=submit]')
  }
  await make()
  await owner.live()
  const path = new URL(owner.page.url()).pathname
  await owner.page.goto(server.url)
  await owner.sees('shop-admin')
  await make()
  await owner.page.waitForSelector('dialog [aria-invalid=true][placeholder=None]')
  await owner.page.goto(`${server.url}/profiles`)
  await owner.sees('in use')
  await owner.press('::-p-text(Open its session)')
  await owner.live()
  expect(new URL(owner.page.url()).pathname).toBe(path)
  await server.request('DELETE', `/v1/agent-sessions/${path.split('/').at(-1)}`)
  await owner.page.goto(`${server.url}/profiles`)
  await owner.sees('last used')
  await owner.press('[aria-label="Delete shop-admin"]:not(:disabled)')
  await owner.press('[role=alertdialog] button[type=submit]')
  await owner.sees('No profiles yet')
})

test('a session with room for one viewer tells the next one, who gets in when there is room', async () => {
  await using owner = await signedIn()
  await owner.press('::-p-text(New session)')
  await owner.press('dialog summary')
  await owner.page.locator('dialog input[type=number][placeholder]').fill('1')
  await owner.press('dialog button[type=submit]')
  await owner.live()
  const id = new URL(owner.page.url()).pathname.split('/').at(-1) ?? ''
  await using second = await Person.guest(browser, server, id, 'view')
  await second.sees('As many watch as may')
  // Nothing to press: it is let in as soon as there is room.
  await owner.page.goto(server.url)
  await second.live()
})

test('before its time is up a session says so to whoever watches, and then that it is over', async () => {
  const { id } = await server.create({ max_duration_s: 24 })
  await using viewer = await Person.guest(browser, server, id, 'view')
  await viewer.live()
  await viewer.page.waitForSelector('[data-notice=expiring]', { timeout: 25_000 })
  await viewer.sees('Its time is up')
  await viewer.sees('This session is closed')
})
