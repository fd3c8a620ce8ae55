/** A single-use link and a kick as people meet them: real pages of the dashboard in a real browser, with their cookies and their storage. */
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from '../harness/dashboard.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let browser: Browser
let id: string
beforeAll(async () => {
  server = await startTestServer()
  browser = await Person.browser()
  id = (await server.create({ initial_url: 'data:text/html,<body style="background:lime">' })).id
})
afterAll(async () => {
  await server?.close()
})

const path = (rest: string): string => `/v1/agent-sessions/${id}${rest}`
const viewers = async (): Promise<{ id: string; token_name: string | null; user_agent: string }[]> => (await server.request('GET', path('/viewers'))).body.data

test('a link for one opens for its first reader, after a reload and in another tab too, and for nobody else', async () => {
  const { body } = await server.request('POST', path('/viewer-tokens'), { body: { single_use: true, name: 'Ada' } })
  await using ada = await Person.at(browser)
  await ada.page.goto(body.url)
  await ada.live()
  expect(await viewers()).toEqual([expect.objectContaining({ token_name: 'Ada', user_agent: expect.stringContaining('Chrome') })])

  await using eve = await Person.at(browser)
  await eve.page.goto(body.url)
  await eve.sees('Ask whoever sent it for a new one')
  expect(await viewers()).toHaveLength(1)

  await ada.page.reload()
  await ada.live()
  // As from the message in which the link came: no storage of that tab, but the browser's cookie.
  const tab = await ada.page.browserContext().newPage()
  await tab.goto(body.url)
  await tab.waitForSelector('[data-badge=live]', { timeout: 20_000 })
  await expect.poll(async () => (await viewers()).length).toBe(1)
})

test('whoever is kicked is told so, and its page does not come back by itself', async () => {
  const { body } = await server.request('POST', path('/viewer-tokens'), { body: { single_use: true, name: 'Bob' } })
  await using bob = await Person.at(browser)
  await bob.page.goto(body.url)
  await bob.live()
  const viewer = (await viewers()).find((each) => each.token_name === 'Bob')
  expect((await server.request('DELETE', path(`/viewers/${viewer?.id}`))).body.link.works).toBe(false)
  await bob.page.waitForFunction(() => document.querySelector('[data-badge=live]') === null && /ended/i.test(document.body.innerText), { timeout: 20_000 })
  expect((await viewers()).some((each) => each.token_name === 'Bob')).toBe(false)
  await bob.page.reload()
  await bob.sees('Ask whoever sent it for a new one')
})
