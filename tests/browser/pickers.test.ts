import type { Picker } from '@tandem/protocol'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, press, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const PAGE = `<!doctype html><title>pickers</title><style>body { margin: 0 } body > * { position: absolute; left: 20px; width: 200px; height: 30px; box-sizing: border-box }</style>
  <select id="list" style="top: 20px"><option value="a">Apple</option><option value="b">Banana</option><option value="c" disabled>Cherry</option></select>
  <select id="styled" style="top: 60px; background: gold; border: 2px solid red"><option>One</option><option>Two</option></select>
  <select id="many" multiple size="3" style="top: 100px; height: 70px"><option>x</option><option>y</option><option>z</option></select>
  <input id="date" type="date" value="2026-01-02" min="2026-01-01" max="2026-12-31" style="top: 200px">
  <input id="time" type="time" value="10:00" style="top: 240px">
  <input id="color" type="color" value="#ff0000" style="top: 280px">
  <button id="show" style="top: 320px" onclick="month.showPicker()">show</button>
  <input id="month" type="month" value="2026-03" style="top: 360px">
  <iframe id="frame" style="top: 400px; width: 400px; height: 200px; border: 0"></iframe>
  <script>
    globalThis.seen = []
    for (const type of ['input', 'change']) addEventListener(type, (event) => seen.push(type + ' ' + event.target.id + ' ' + event.target.value))
  </script>`

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages()
  pages.set('/pickers', PAGE.replace('<iframe', `<iframe src="${pages.otherUrl}/form.html"`))
  test = await startTestBrowser()
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  await test.browser.setHumanDriving(true)
  await test.open(`${pages.url}/pickers`)
})

/** The calendar sign at the end of a field of the page above. */
const sign = (y: number) => click(210, y)

it('paints the list of a select in the page, where keys and clicks choose', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input(click(100, 35))
  await waitFor("list.matches(':open')")
  // The list is below the control; its second line is Banana.
  const hit = await evaluate<string>("document.elementFromPoint(60, 85)?.closest('option')?.value ?? ''")
  expect(hit).toBe('b')
  browser.input(click(60, 85))
  await waitFor("list.value === 'b'")
  expect(await evaluate('seen')).toEqual(['input list b', 'change list b'])
  browser.input([...click(100, 75)])
  await waitFor("styled.matches(':open')")
  browser.input([...press('ArrowDown'), ...press('Enter')])
  await waitFor("styled.value === 'Two'")
})

it('leaves no trace of an open list on the control, and keeps its measures meanwhile', async () => {
  const { browser, evaluate, waitFor } = test
  const measure =
    'JSON.stringify([list, styled].map((select) => [select.getBoundingClientRect().width, select.getBoundingClientRect().height, getComputedStyle(select).borderColor]))'
  const before = [await evaluate(measure), await evaluate('list.outerHTML')]
  browser.input(click(100, 75))
  await waitFor("styled.matches(':open')")
  expect(await evaluate(measure)).toBe(before[0])
  browser.input(press('Escape'))
  await waitFor("!styled.matches(':open')")
  await waitFor("styled.getAttribute('style') === 'top: 60px; background: gold; border: 2px solid red' && document.adoptedStyleSheets.length === 0")
  expect([await evaluate(measure), await evaluate('list.outerHTML')]).toEqual(before)
})

it('opens the list with the keyboard', async () => {
  const { browser, evaluate, waitFor } = test
  await evaluate('list.focus()')
  browser.input(press(' ', { code: 'Space' }))
  await waitFor("list.matches(':open')")
})

it('chooses in a list box, which is in the picture anyway', async () => {
  const { browser, waitFor } = test
  browser.input(click(60, 115))
  await waitFor("many.value === 'x'")
})

it('tells of a date picker with its value, limits and place, and sets the answer', async () => {
  const { browser, next, evaluate } = test
  const opened = next('pickerOpened')
  browser.input(sign(215))
  const picker = await opened
  expect(picker).toMatchObject({
    type: 'date',
    value: '2026-01-02',
    min: '2026-01-01',
    max: '2026-12-31',
    rect: { x: 20, y: 200, width: 200, height: 30 },
    tabId: browser.activeTabId,
  })
  expect(browser.pending().pickers).toEqual([picker])
  const closed = next('pickerClosed')
  await browser.answerPicker(picker.id, ['2026-05-06'])
  expect(await closed).toEqual({ id: picker.id })
  expect(await evaluate('seen')).toEqual(['input date 2026-05-06', 'change date 2026-05-06'])
  await expect(browser.answerPicker(picker.id, null)).rejects.toMatchObject({ code: 'dialog/not-found' })
})

it('leaves a date that is typed to the field, and a picker without an answer without a change', async () => {
  const { browser, next, evaluate, waitFor } = test
  const opened: Picker[] = []
  browser.events.on('pickerOpened', (picker) => opened.push(picker))
  browser.input([...click(30, 215), ...press('0'), ...press('7')])
  await waitFor("date.value === '2026-07-02'")
  expect(opened).toEqual([])
  browser.events.removeAllListeners('pickerOpened')
  const asked = next('pickerOpened', ({ type }) => type === 'time')
  browser.input(sign(255))
  await browser.answerPicker((await asked).id, null)
  expect(await evaluate('time.value')).toBe('10:00')
})

it('tells of a colour picker, of one that the page opens by a call, and of one that goes away', async () => {
  const { browser, next, evaluate } = test
  const colour = next('pickerOpened', ({ type }) => type === 'color')
  browser.input(click(100, 295))
  const { id } = await colour
  const gone = next('pickerClosed', (closed) => closed.id === id)
  const month = next('pickerOpened', ({ type }) => type === 'month')
  browser.input(click(100, 335))
  await gone
  await browser.answerPicker((await month).id, ['2026-09'])
  expect(await evaluate('month.value')).toBe('2026-09')
})

it('tells where a picker of a frame in another process is, and sets it there', async () => {
  const { browser, next, waitFor } = test
  const opened = next('pickerOpened')
  // In the frame the colour field is at 20, 260, below its edge: scrolled into view by the wheel.
  browser.input([{ type: 'wheel', x: 100, y: 450, deltaX: 0, deltaY: 200 }])
  const { targetInfos } = await browser.connection.root.send('Target.getTargets', { filter: [{ type: 'iframe' }] })
  const frame = targetInfos.find(({ url }) => url.startsWith(pages.otherUrl))?.targetId ?? 'no frame in another process'
  await waitFor('scrollY === 200', frame).catch(() => {})
  const top = await test.evaluate<number>('color.getBoundingClientRect().top', frame)
  browser.input(click(140, 400 + top + 15))
  const picker = await opened
  expect(picker).toMatchObject({ type: 'color', rect: { x: 40, y: 400 + top } })
  await browser.answerPicker(picker.id, ['#0000ff'])
  expect(await test.evaluate('color.value', frame)).toBe('#0000ff')
})

it('keeps away from pages while the agent drives', async () => {
  const { browser, next, evaluate, waitFor } = test
  const opened = next('pickerOpened')
  browser.input(sign(215))
  const { id } = await opened
  const closed = next('pickerClosed', (picker) => picker.id === id)
  await browser.setHumanDriving(false)
  await closed
  const seen: unknown[] = []
  browser.events.on('pickerOpened', (picker) => seen.push(picker))
  browser.events.on('cursor', (cursor) => seen.push(cursor))
  browser.input([...click(100, 335), ...click(60, 115)])
  await waitFor("many.value === 'x'")
  expect(await evaluate('getComputedStyle(list).appearance')).not.toBe('base-select')
  expect(seen).toEqual([])
  browser.events.removeAllListeners('pickerOpened')
  browser.events.removeAllListeners('cursor')
})
