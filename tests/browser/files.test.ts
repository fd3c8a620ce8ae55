import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { click, startTestBrowser, type TestBrowser } from '../harness/liveBrowser.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let test: TestBrowser
let pages: Pages
beforeAll(async () => {
  pages = await servePages()
  test = await startTestBrowser()
})
afterAll(async () => {
  await test.close()
  await pages.close()
})
beforeEach(async () => {
  await test.browser.setHumanDriving(true)
  await test.open(`${pages.url}/form.html`)
})

it('gives the page the files that a viewer chooses', async () => {
  const { browser, next, evaluate, waitFor } = test
  const opened = next('fileChooserOpened')
  browser.input(click(60, 315))
  const chooser = await opened
  expect(chooser).toMatchObject({ multiple: true, accept: '.txt,image/*', tabId: browser.activeTabId })
  const uploads = [
    await browser.saveUpload({ name: '../../etc/päss wd.txt', mime: 'text/plain', data: Buffer.from('one') }),
    await browser.saveUpload({ name: 'b.png', mime: 'image/png', data: Buffer.from('two!') }),
  ]
  expect(uploads[0]).toMatchObject({ name: 'päss wd.txt', mime: 'text/plain', size: 3 })
  const closed = next('fileChooserClosed')
  await browser.answerFileChooser(chooser.id, uploads)
  expect(await closed).toEqual({ id: chooser.id })
  await waitFor('file.files.length === 2')
  expect(await evaluate('Promise.all([...file.files].map(async (each) => each.name + "=" + await each.text()))')).toEqual(['päss wd.txt=one', 'b.png=two!'])
  expect(await evaluate('seen')).toEqual(expect.arrayContaining(['input:file', 'change:file']))
})

it('gives the page the folder that a viewer chooses, with all that lies in it', async () => {
  const { browser, next, evaluate, waitFor } = test
  await evaluate('file.webkitdirectory = true')
  const opened = next('fileChooserOpened')
  browser.input(click(60, 315))
  const chooser = await opened
  expect(chooser).toMatchObject({ directory: true, multiple: true })
  const save = (path: string, text: string) => browser.saveUpload({ name: path.split('/').at(-1) ?? '', mime: 'text/plain', data: Buffer.from(text), path })
  await browser.answerFileChooser(chooser.id, [
    await save('photos/a.txt', 'one'),
    await save('photos/2026/../../a.txt', 'two'),
    await save('photos/.hidden', 'three'),
  ])
  await waitFor('file.files.length > 0')
  expect(
    await evaluate('Promise.all([...file.files].map(async (each) => each.webkitRelativePath + "=" + await each.text())).then((all) => all.sort())'),
  ).toEqual(['photos/2026/file/file/a.txt=two', 'photos/a.txt=one', 'photos/hidden=three'])
  expect(await evaluate('seen')).toEqual(expect.arrayContaining(['change:file']))
})

it('asks viewers for no files that a page could not be given: the new pickers refuse by themselves', async () => {
  const { browser, evaluate, waitFor } = test
  const asked: unknown[] = []
  browser.events.on('fileChooserOpened', (chooser) => asked.push(chooser))
  for (const picker of ['showOpenFilePicker', 'showSaveFilePicker', 'showDirectoryPicker']) {
    await evaluate(`button.onclick = () => ${picker}().catch((error) => (button.textContent = '${picker} ' + error.name))`)
    browser.input(click(60, 395))
    await waitFor(`button.textContent.startsWith('${picker} ')`)
    expect(await evaluate('button.textContent')).toMatch(/ AbortError$/)
  }
  // The next chooser is told after whatever was told of these.
  browser.input(click(60, 315))
  await expect.poll(() => asked).toMatchObject([{ accept: '.txt,image/*', directory: false }])
  browser.events.removeAllListeners('fileChooserOpened')
})

it('tells the page when the choice is cancelled, and refuses files that were never uploaded', async () => {
  const { browser, next, waitFor } = test
  const opened = next('fileChooserOpened')
  browser.input(click(60, 315))
  const { id } = await opened
  await expect(browser.answerFileChooser(id, [{ id: 'none', name: '/etc/passwd', mime: '', size: 1 }])).rejects.toMatchObject({ code: 'file/not-found' })
  await browser.answerFileChooser(id, [])
  await waitFor("seen.includes('cancel:file')")
  await expect(browser.answerFileChooser(id, [])).rejects.toMatchObject({ code: 'dialog/not-found' })
})

it('closes the question when the page goes away or the agent drives again', async () => {
  const { browser, next } = test
  for (const leave of [() => browser.navigate(`${pages.url}/next`), () => browser.setHumanDriving(false)]) {
    await browser.setHumanDriving(true)
    await test.open(`${pages.url}/form.html`)
    const opened = next('fileChooserOpened')
    browser.input(click(60, 315))
    const { id } = await opened
    const closed = next('fileChooserClosed')
    await leave()
    expect(await closed).toEqual({ id })
    expect(browser.pending().fileChoosers).toEqual([])
  }
})

it('downloads a file and tells how far it is', async () => {
  const { browser, next, evaluate } = test
  const begun = next('download', ({ state }) => state === 'in-progress')
  const done = next('download', ({ state }) => state === 'completed')
  await evaluate(`{ const link = document.createElement('a'); link.href = '/download'; link.click() }`)
  const { id } = await begun
  expect(await done).toMatchObject({ id, name: 'report.txt', url: `${pages.url}/download`, received_bytes: 10, total_bytes: 10 })
  expect(browser.downloads().at(-1)).toMatchObject({ id, state: 'completed' })
  expect(await readFile(browser.downloadPath(id), 'utf8')).toBe('the report')
  expect(() => browser.downloadPath('none')).toThrow(expect.objectContaining({ code: 'file/not-found' }))
})

it('takes an address that turns out to be a download for what it is', async () => {
  const { browser, next } = test
  const done = next('download', ({ state }) => state === 'completed')
  await browser.navigate(`${pages.url}/download`)
  await done
  expect(browser.pageState().url).toBe(`${pages.url}/form.html`)
})

it('takes a picture of the page as PNG and JPEG', async () => {
  const { browser } = test
  const png = await browser.screenshot()
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 720])
  const jpeg = await browser.screenshot({ format: 'jpeg', quality: 50 })
  expect(jpeg.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
})
