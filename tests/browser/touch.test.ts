import { DEVICES } from '@tandem/protocol'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const PAGE = `<!doctype html><title>touch</title><meta name="viewport" content="width=device-width, initial-scale=1">
  <style>body { margin: 0; height: 4000px } #pad { position: fixed; left: 0; top: 0; width: 200px; height: 200px; touch-action: none }</style><div id="pad"></div><script>
  globalThis.notes = []
  for (const type of ['touchstart', 'touchmove', 'touchend', 'touchcancel'])
    pad.addEventListener(type, (event) => notes.push(type + ' ' + [...event.touches].map(({ clientX, clientY }) => clientX + ',' + clientY).sort().join(' ')))
  addEventListener('click', (event) => notes.push('click ' + event.clientX + ',' + event.clientY + ' ' + event.pointerType))
</script>`

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages({ '/touch': PAGE })
  test = await startTestBrowser({ viewport: { ...DEVICES.phone } })
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  test.browser.releaseInput()
  await test.open(`${pages.url}/touch`)
})

it('is a phone: size, pixel ratio, touch and user agent', async () => {
  const phone = await test.evaluate(
    '[innerWidth, innerHeight, devicePixelRatio, navigator.maxTouchPoints, "ontouchstart" in window, matchMedia("(pointer: coarse)").matches, navigator.userAgentData.mobile]',
  )
  expect(phone).toEqual([402, 874, 3, 10, true, true, true])
  expect(await test.evaluate('navigator.userAgent')).toMatch(/Mobile Safari/)
})

it('taps, which clicks', async () => {
  test.browser.input([{ type: 'tap', x: 50, y: 60 }])
  await test.waitFor("notes.includes('click 50,60 touch')")
  expect(await test.evaluate('notes')).toEqual(['touchstart 50,60', 'touchend ', 'click 50,60 touch'])
})

it('moves two fingers at once and lifts them one by one', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([
    { type: 'touchStart', x: 50, y: 50, touchId: 0 },
    { type: 'touchStart', x: 100, y: 100, touchId: 1 },
    { type: 'touchMove', x: 20, y: 20, touchId: 0 },
    { type: 'touchMove', x: 150, y: 150, touchId: 1 },
    { type: 'touchEnd', x: 20, y: 20, touchId: 0 },
    { type: 'touchEnd', x: 150, y: 150, touchId: 1 },
  ])
  await waitFor("notes.at(-1) === 'touchend '")
  const notes = await evaluate<string[]>('notes')
  expect(notes.slice(0, 2)).toEqual(['touchstart 50,50', 'touchstart 100,100 50,50'])
  expect(notes).toContain('touchmove 150,150 20,20')
  expect(notes.slice(-2)).toEqual(['touchend 150,150', 'touchend '])
})

it('pinches the page larger', async () => {
  const { browser, waitFor } = test
  browser.input([
    { type: 'touchStart', x: 200, y: 500, touchId: 0 },
    { type: 'touchStart', x: 220, y: 500, touchId: 1 },
  ])
  for (let step = 1; step <= 20; step++) {
    browser.input([
      { type: 'touchMove', x: 200 - step * 5, y: 500, touchId: 0 },
      { type: 'touchMove', x: 220 + step * 5, y: 500, touchId: 1 },
    ])
    // A pinch takes frames: moves of one frame become one.
    await test.evaluate('new Promise(requestAnimationFrame)')
  }
  browser.input([
    { type: 'touchEnd', x: 100, y: 500, touchId: 0 },
    { type: 'touchEnd', x: 320, y: 500, touchId: 1 },
  ])
  await waitFor('visualViewport.scale > 1.5')
})

it('swipes, which scrolls', async () => {
  test.browser.input([{ type: 'swipe', x1: 200, y1: 700, x2: 200, y2: 300, durationMs: 200 }])
  await test.waitFor('scrollY > 200')
})

it('drags the page as far as the finger goes, less the slop, however close its moves follow each other', async () => {
  const { browser, evaluate, waitFor } = test
  for (let drag = 1; drag <= 5; drag++) {
    browser.input([
      { type: 'touchStart', x: 300, y: 600, touchId: 0 },
      { type: 'touchMove', x: 300, y: 584, touchId: 0 },
    ])
    // A moment, so that the moves differ in time.
    await evaluate('0')
    browser.input([{ type: 'touchMove', x: 300, y: 300, touchId: 0 }])
    await waitFor(`scrollY === ${drag * (300 - 15)}`)
    browser.input([{ type: 'touchCancel' }])
  }
})

it('drags as far while pictures of the page are made for lists and for who asks', async () => {
  const { browser, evaluate, waitFor } = test
  await browser.setHumanDriving(true)
  for (let drag = 1; drag <= 8; drag++) {
    const made = [browser.drawThumbnail(), browser.screenshot()]
    // Until Chromium is at it, each time a little later.
    for (let wait = 1; wait < drag; wait++) await evaluate('0')
    browser.input([
      { type: 'touchStart', x: 300, y: 600, touchId: 0 },
      { type: 'touchMove', x: 300, y: 300, touchId: 0 },
    ])
    await waitFor(`scrollY === ${drag * (300 - 15)}`)
    browser.input([{ type: 'touchCancel' }])
    await Promise.all(made)
  }
  await browser.setHumanDriving(false)
})

it('takes the fingers away without a click', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([{ type: 'touchStart', x: 50, y: 50, touchId: 0 }, { type: 'release' }])
  await waitFor("notes.some((note) => note.startsWith('touchcancel'))")
  expect(await evaluate('notes.some((note) => note.startsWith("click"))')).toBe(false)
})

it('taps while a swipe is under way, which ends without a click', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([{ type: 'swipe', x1: 20, y1: 20, x2: 180, y2: 180, durationMs: 10_000 }])
  await waitFor("notes.some((note) => note.startsWith('touchmove'))")
  browser.input([{ type: 'tap', x: 50, y: 60 }])
  await waitFor("notes.includes('click 50,60 touch')")
  const notes = await evaluate<string[]>('notes')
  expect(notes.slice(notes.indexOf('touchcancel '))).toEqual(['touchcancel ', 'touchstart 50,60', 'touchend ', 'click 50,60 touch'])
})

it('taps on the next page as well, of the same origin and of another, whatever was touched on the last one', async () => {
  const { browser, evaluate, open, waitFor } = test
  const elsewhere = pages.url.replace('127.0.0.1', 'localhost')
  for (const origin of [pages.url, elsewhere, elsewhere, pages.url]) {
    browser.input([{ type: 'touchStart', x: 30, y: 30, touchId: 0 }])
    await waitFor("notes.includes('touchstart 30,30')")
    await open(`${origin}/touch?${origin}`)
    browser.input([
      { type: 'touchEnd', x: 30, y: 30, touchId: 0 },
      { type: 'tap', x: 50, y: 60 },
    ])
    await waitFor("notes.includes('click 50,60 touch')")
    expect(await evaluate('notes')).toEqual(['touchstart 50,60', 'touchend ', 'click 50,60 touch'])
  }
})
