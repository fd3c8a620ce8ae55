/** The example as it is: its page in a real browser, in a room of a real LiveKit server. */
import { Tandem } from '@tandem/client'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite } from '../../examples/livekit-viewer/site.ts'
import type { Site } from '../../examples/livekit-viewer/site.ts'
import { FORM, GREEN, RED } from '../client/fixture.ts'
import { Person } from '../harness/dashboard.ts'
import { ownLiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

/** A page whose title says what is down. */
const HELD = `<!doctype html><title>held</title><script>
  const down = new Set()
  const tell = (name, is) => { is ? down.add(name) : down.delete(name); document.title = ['held', ...down].join(' ') }
  addEventListener('mousedown', () => tell('mouse', true))
  addEventListener('mouseup', () => tell('mouse', false))
  addEventListener('keydown', ({ key }) => tell(key, true))
  addEventListener('keyup', ({ key }) => tell(key, false))
</script>`

let server: TestServer
let pages: Pages
let browser: Browser
let tandem: Tandem
const sites: Site[] = []

beforeAll(async () => {
  server = await startTestServer({ livekit: ownLiveKit() })
  pages = await servePages()
  browser = await Person.browser()
  tandem = new Tandem({ baseUrl: server.url, apiKey: server.apiKey })
})
afterAll(async () => {
  for (const site of sites) await site.close()
  await server?.close()
  await pages?.close()
})

test('the page shows the session out of its room, takes the wheel, clicks and types, and hands back', async () => {
  const session = await tandem.sessions.create({ initial_url: pages.set('/form', FORM) })
  const site = await openSite(tandem, session.id)
  sites.push(site)
  await using person = await Person.at(browser)
  const { page } = person
  const seesColour = (colour: readonly number[]): Promise<unknown> =>
    page.waitForFunction(
      (wanted) => {
        const video = document.querySelector('video')
        if (!video || video.videoWidth < 3) return false
        const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
        context?.drawImage(video, (200 / 1280) * video.videoWidth, (150 / 720) * video.videoHeight, 1, 1, 0, 0, 1, 1)
        const seen = context?.getImageData(0, 0, 1, 1).data ?? []
        return wanted.every((value, index) => Math.abs(value - (seen[index] ?? -1)) < 48)
      },
      { timeout: 30_000, polling: 100 },
      colour,
    )
  const press = async (x: number, y: number): Promise<void> => {
    const box = await (await page.waitForSelector('video'))!.boundingBox()
    const scale = Math.min(box!.width / 1280, box!.height / 720)
    await page.mouse.click(box!.x + (box!.width - 1280 * scale) / 2 + x * scale, box!.y + (box!.height - 720 * scale) / 2 + y * scale)
  }
  await page.goto(site.url)
  await person.sees('Live')
  await seesColour(RED)
  await person.press('#wheel')
  await person.sees('You drive')
  await press(200, 150)
  await seesColour(GREEN)
  await press(700, 150)
  await page.keyboard.type('plants')
  await expect.poll(async () => (await tandem.sessions.get(session.id)).page_state?.title, { timeout: 20_000 }).toBe('text [plants]')
  await person.press('#wheel')
  await person.sees('Take control')
  expect((await tandem.sessions.get(session.id)).control.driver.kind).toBe('agent')
  // Chromium asks every site for an icon.
  expect(person.complaints.filter((complaint) => !complaint.includes('404'))).toEqual([])
})

test('what is held is let go of in the page: outside of the picture, and when the window or the picture loses the focus', async () => {
  const url = pages.set('/held', HELD)
  const session = await tandem.sessions.create({ initial_url: url })
  const site = await openSite(tandem, session.id)
  sites.push(site)
  await using person = await Person.at(browser)
  const { page } = person
  const pageSays = async (title: string): Promise<void> => {
    await expect.poll(async () => (await tandem.sessions.get(session.id)).page_state?.title, { timeout: 20_000 }).toBe(title)
  }
  await page.goto(site.url)
  await person.sees('Live')
  await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 2, { timeout: 30_000 })
  await person.press('#wheel')
  await person.sees('You drive')
  const box = await (await page.waitForSelector('video'))!.boundingBox()
  const middle = { x: box!.x + box!.width / 2, y: box!.y + box!.height / 2 }
  // Into the page's own bar.
  await page.mouse.move(middle.x, middle.y)
  await page.mouse.down()
  await pageSays('held mouse')
  await page.mouse.move(middle.x, box!.y + box!.height + 10)
  await page.mouse.up()
  await pageSays('held')
  await page.keyboard.down('a')
  await pageSays('held a')
  await page.$eval('video', (video) => video.blur())
  await pageSays('held')
  await page.keyboard.up('a')
  await page.mouse.move(middle.x, middle.y)
  await page.mouse.down()
  await pageSays('held mouse')
  await page.evaluate(() => window.dispatchEvent(new Event('blur')))
  await pageSays('held')
  await page.mouse.up()
})

test('without a LiveKit server it says what the server says', async () => {
  await using bare = await startTestServer()
  const alone = new Tandem({ baseUrl: bare.url, apiKey: bare.apiKey })
  const session = await alone.sessions.create()
  const site = await openSite(alone, session.id)
  sites.push(site)
  const answer = await fetch(`${site.url}join`, { method: 'POST' })
  expect(answer.status).toBe(502)
  expect(await answer.text()).toMatch(/LiveKit/)
})
