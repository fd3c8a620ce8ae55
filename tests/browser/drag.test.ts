import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, press, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const PAGE = `<!doctype html><title>drag</title><style>div { position: absolute; top: 50px; width: 100px; height: 100px; background: #ccc }</style>
  <div id="from" draggable="true" style="left: 50px">from</div><div id="to" style="left: 400px">to</div><script>
  globalThis.notes = []
  for (const type of ['dragstart', 'dragenter', 'drop', 'dragend']) addEventListener(type, (event) => notes.push(type + ' ' + event.target.id))
  from.addEventListener('dragstart', (event) => event.dataTransfer.setData('text/plain', 'cargo'))
  to.addEventListener('dragover', (event) => event.preventDefault())
  to.addEventListener('drop', (event) => { event.preventDefault(); to.textContent = event.dataTransfer.getData('text/plain') })
</script>`

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages({ '/drag': PAGE })
  test = await startTestBrowser()
  await test.browser.setHumanDriving(true)
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(() => test.open(`${pages.url}/drag`))

it('drags and drops with the data of the page', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([
    { type: 'mouseMove', x: 100, y: 100 },
    { type: 'mouseDown', x: 100, y: 100, button: 0 },
  ])
  for (let x = 100; x <= 450; x += 25) {
    browser.input([{ type: 'mouseMove', x, y: 100 }])
    await evaluate('new Promise(requestAnimationFrame)')
  }
  browser.input([{ type: 'mouseUp', x: 450, y: 100, button: 0 }])
  await waitFor("to.textContent === 'cargo'")
  expect(await evaluate('notes')).toEqual(expect.arrayContaining(['dragstart from', 'dragenter to', 'drop to']))
  // The mouse works on.
  await evaluate("addEventListener('click', () => notes.push('clicked'))")
  browser.input(click(300, 300))
  await waitFor("notes.includes('clicked')")
})

it('drops at the right place when the whole drag comes at once', async () => {
  const { browser, waitFor } = test
  browser.input([
    { type: 'mouseMove', x: 100, y: 100 },
    { type: 'mouseDown', x: 100, y: 100, button: 0 },
    { type: 'mouseMove', x: 200, y: 100 },
    { type: 'mouseMove', x: 450, y: 100 },
  ])
  await waitFor("notes.some((note) => note === 'dragenter to')")
  browser.input([{ type: 'mouseUp', x: 450, y: 100, button: 0 }])
  await waitFor("to.textContent === 'cargo'")
})

it('cancels a drag with Escape', async () => {
  const { browser, evaluate, waitFor } = test
  browser.input([
    { type: 'mouseMove', x: 100, y: 100 },
    { type: 'mouseDown', x: 100, y: 100, button: 0 },
    { type: 'mouseMove', x: 200, y: 100 },
    { type: 'mouseMove', x: 450, y: 100 },
  ])
  await waitFor("notes.includes('dragenter to')")
  browser.input([...press('Escape'), { type: 'mouseUp', x: 450, y: 100, button: 0 }])
  await evaluate("addEventListener('click', () => notes.push('clicked'))")
  browser.input(click(300, 300))
  await waitFor("notes.includes('clicked')")
  expect(await evaluate('to.textContent')).toBe('to')
})
