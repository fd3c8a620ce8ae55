import type { InputEvent } from '@tandem/protocol'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const NOTES = `<!doctype html><title>notes</title><style>body { margin: 0; height: 3000px }</style><script>
  globalThis.notes = []
  for (const type of ['mousedown', 'mouseup', 'click', 'dblclick', 'auxclick', 'contextmenu'])
    addEventListener(type, (event) => notes.push([event.type, event.button, event.buttons, event.detail, event.clientX, event.clientY].join(' ')))
  globalThis.moves = []
  addEventListener('mousemove', (event) => moves.push([event.clientX, event.buttons].join(' ')))
  globalThis.modifiers = []
  addEventListener('mousedown', (event) => modifiers.push([event.altKey, event.ctrlKey, event.metaKey, event.shiftKey].map(Number).join('')))
</script>`

const LOCKS = `<!doctype html><title>locks</title><body style="margin: 0; height: 600px"><script>
  globalThis.moved = [0, 0]
  globalThis.keys = []
  addEventListener('click', () => document.body.requestPointerLock())
  addEventListener('mousemove', ({ movementX, movementY }) => document.pointerLockElement && (moved[0] += movementX, moved[1] += movementY))
  addEventListener('keydown', ({ key }) => keys.push(key))
</script>`

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages({ '/notes': NOTES, '/locks': LOCKS })
  test = await startTestBrowser()
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  test.browser.releaseInput()
  await test.open(`${pages.url}/notes`)
})

it('clicks and double-clicks with all three buttons', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input(click(10, 20, { clickCount: 2 }))
  await waitFor('notes.length >= 7')
  expect(await evaluate('notes')).toEqual([
    'mousedown 0 1 1 10 20',
    'mouseup 0 0 1 10 20',
    'click 0 0 1 10 20',
    'mousedown 0 1 2 10 20',
    'mouseup 0 0 2 10 20',
    'click 0 0 2 10 20',
    'dblclick 0 0 2 10 20',
  ])
  await evaluate('notes.length = 0')
  browser.input([...click(5, 5, { button: 2 }), ...click(5, 5, { button: 1 })])
  await waitFor("notes.some((note) => note.startsWith('auxclick 1'))")
  expect(await evaluate('notes')).toEqual(expect.arrayContaining(['mousedown 2 2 1 5 5', 'mousedown 1 4 1 5 5']))
})

it('carries modifiers with the mouse', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([...click(1, 1, { modifiers: ['option', 'shift'] }), ...click(1, 1, { modifiers: ['ctrl'] }), ...click(1, 1, { modifiers: ['cmd'] })])
  await waitFor('modifiers.length === 3')
  expect(await evaluate('modifiers')).toEqual(['1001', '0100', '0010'])
})

it('holds the button down while it drags, and scrolls by the wheel', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([
    { type: 'mouseMove', x: 10, y: 10 },
    { type: 'mouseDown', x: 10, y: 10, button: 0 },
    { type: 'mouseMove', x: 60, y: 10 },
    { type: 'mouseUp', x: 60, y: 10, button: 0 },
  ])
  await waitFor("notes.some((note) => note.startsWith('mouseup'))")
  expect(await evaluate('moves')).toContain('60 1')
  browser.input([
    { type: 'wheel', x: 10, y: 10, deltaX: 0, deltaY: 150 },
    { type: 'wheel', x: 10, y: 10, deltaX: 0, deltaY: 150 },
  ])
  await waitFor('scrollY === 300')
})

it('keeps the order of a flood of moves around presses, and drops moves that are overtaken', async () => {
  const { browser, evaluate, waitFor } = test
  const flood: InputEvent[] = []
  for (let x = 0; x < 10_000; x++) flood.push({ type: 'mouseMove', x: x % 1000, y: 5 })
  browser.input(flood)
  browser.input([{ type: 'mouseMove', x: 777, y: 5 }, ...click(777, 5).slice(1)])
  await waitFor("notes.some((note) => note.startsWith('click'))")
  expect(await evaluate('notes[0]')).toBe('mousedown 0 1 1 777 5')
  expect(await evaluate<number>('moves.length')).toBeLessThan(20)
  expect(await evaluate('moves.at(-1)')).toMatch(/^777 /)
})

it('bounds what waits for a page that hangs, and lets go of the button all the same', async () => {
  const { browser, evaluate, waitFor } = test
  const hang = evaluate('{ const end = performance.now() + 1500; while (performance.now() < end); }')
  const flood: InputEvent[] = [{ type: 'mouseDown', x: 3, y: 3, button: 2 }]
  for (let count = 0; count < 5_000; count++) flood.push(...click(1, 1))
  browser.input(flood)
  browser.input([{ type: 'mouseUp', x: 3, y: 3, button: 2 }])
  await hang
  await waitFor("notes.some((note) => note.startsWith('mouseup 2'))")
  expect(await evaluate<number>("notes.filter((note) => note.startsWith('mousedown')).length")).toBeLessThan(300)
  browser.input(click(9, 9))
  await waitFor("notes.includes('click 0 0 1 9 9')")
})

it('lets go of what is held when it is told to, and when another tab is shown', async () => {
  const { browser, evaluate, waitFor, next } = test
  const tabId = browser.activeTabId ?? ''
  browser.input([{ type: 'mouseDown', x: 4, y: 4, button: 0 }])
  await waitFor('notes.length === 1')
  browser.releaseInput()
  await waitFor("notes.some((note) => note.startsWith('mouseup'))")
  browser.input([{ type: 'mouseDown', x: 4, y: 4, button: 0 }])
  await evaluate('notes.length = 0')
  const second = await browser.openTab()
  await waitFor("notes.some((note) => note.startsWith('mouseup'))", tabId)
  const closed = next('tabs', ({ tabs }) => tabs.length === 1)
  await browser.closeTab(second)
  await closed
})

it('ignores the release of what is not held', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([{ type: 'mouseUp', x: 4, y: 4, button: 0 }, { type: 'keyUp', key: 'a' }, { type: 'touchEnd', x: 1, y: 1, touchId: 0 }, ...click(2, 2)])
  await waitFor('notes.length === 3')
  expect(await evaluate('notes[0]')).toBe('mousedown 0 1 1 2 2')
})

it('clicks where a finger taps a page that has no touch', async () => {
  const { browser, waitFor } = test
  browser.input([{ type: 'tap', x: 30, y: 40 }])
  await waitFor("notes.includes('click 0 0 1 30 40')")
})

it('moves a locked pointer by whole ways, wherever they lead, and frees it at Escape and at the end of the turn', async () => {
  const { browser, evaluate, next, waitFor } = test
  await browser.setHumanDriving(true)
  await test.open(`${pages.url}/locks`)
  const told = async (locked: boolean): Promise<void> => {
    await next('pointerLock', (is) => is === locked)
    expect(browser.pointerLocked).toBe(locked)
  }
  let lock = told(true)
  browser.input(click(300, 300))
  await lock
  // Presses have a place of the viewer's, which is no movement.
  for (const dx of [4_000, -1_500, 0.5, 0.5]) browser.input([{ type: 'mouseMoveBy', dx, dy: -900 }, ...press(300, 300)])
  await waitFor('moved[0] === 2501 && moved[1] === -3600')
  lock = told(false)
  browser.input([
    { type: 'keyDown', key: 'Escape', code: 'Escape' },
    { type: 'keyUp', key: 'Escape', code: 'Escape' },
  ])
  await lock
  expect(await evaluate('[document.pointerLockElement, keys]')).toEqual([null, []])
  // Nothing to move, and presses are where they are said to be again.
  lock = told(true)
  browser.input([{ type: 'mouseMoveBy', dx: 50, dy: 50 }, ...press(20, 20)])
  await lock
  await browser.setHumanDriving(false)
  await waitFor('document.pointerLockElement === null')
  expect(browser.pointerLocked).toBe(false)
})

function press(x: number, y: number): InputEvent[] {
  return [
    { type: 'mouseDown', x, y, button: 0 },
    { type: 'mouseUp', x, y, button: 0 },
  ]
}
