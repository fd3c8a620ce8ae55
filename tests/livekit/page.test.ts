import { BrowserContext, type AudioData, type BrowserPage, type PaintData } from '@tandem/livekit'
import { VideoBufferType } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { servePages, type Pages } from '../harness/pages.ts'

const BOX = { left: 100, top: 60, width: 120, height: 80 }
const BOXED = `<!doctype html><title>box</title><style>body{margin:0;background:#fff}#box{position:absolute;left:${BOX.left}px;top:${BOX.top}px;width:${BOX.width}px;height:${BOX.height}px;background:#000}</style><div id=box></div>`
const TONE = `<!doctype html><title>tone</title><script>
const context = new AudioContext(); const tone = new OscillatorNode(context, { frequency: 500 }); tone.connect(context.destination); tone.start()</script>`

describe('a page in the agent’s own process', () => {
  let pages: Pages
  let context: BrowserContext
  beforeAll(async () => {
    pages = await servePages({ '/box': BOXED, '/tone': TONE })
    context = new BrowserContext()
    await context.initialize()
  })
  afterAll(async () => {
    await context.aclose()
    await pages.close()
  })

  const open = (path: string): Promise<BrowserPage> => context.newPage({ url: pages.url + path, width: 640, height: 360, framerate: 20 })
  const evaluate = async (page: BrowserPage, expression: string): Promise<unknown> => {
    const session = await page.browser.connection.attach(page.browser.activeTabId ?? '')
    return (await session.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })).result.value
  }
  const luma = (page: BrowserPage, x: number, y: number): number => page.lastFrame?.data[y * 640 + x] ?? 128

  it('paints whole I420 frames, and of a change exactly the rectangle that changed', async () => {
    const page = await open('/box')
    await expect.poll(() => luma(page, 150, 100)).toBeLessThan(30)
    expect(luma(page, 20, 20)).toBeGreaterThan(220)
    const { lastFrame } = page
    expect([lastFrame?.width, lastFrame?.height, lastFrame?.type, lastFrame?.data.length]).toEqual([640, 360, VideoBufferType.I420, 640 * 360 * 1.5])
    const paints: PaintData[] = []
    page.on('paint', (paint) => paints.push({ ...paint }))
    // What the page's arrival moves may still be painted: its rectangles are larger, and come no more at some time.
    const changed = async (): Promise<PaintData['dirtyRects'] | undefined> => {
      const bright = luma(page, 150, 100) > 128
      paints.length = 0
      await evaluate(page, `document.querySelector('#box').style.background = '${bright ? '#000' : '#fff'}'`)
      await expect.poll(() => luma(page, 150, 100) > 128).toBe(!bright)
      return paints.length === 1 ? paints[0]?.dirtyRects : undefined
    }
    await expect.poll(changed).toEqual([[BOX.left, BOX.top, BOX.width, BOX.height]])
    expect(paints[0]?.frame).toBe(page.lastFrame)
    await page.aclose()
  })

  it('sees a change of colour that leaves the brightness as it is', async () => {
    const page = await open('/box')
    await evaluate(page, `document.querySelector('#box').style.background = 'rgb(200, 0, 0)'`)
    const chroma = (): number => page.lastFrame?.data[640 * 360 + (100 / 2) * 320 + 150 / 2] ?? -1
    await expect.poll(() => Math.abs(chroma() - 128)).toBeGreaterThan(10)
    const before = chroma()
    await evaluate(page, `document.querySelector('#box').style.background = 'rgb(0, 0, 255)'`)
    await expect.poll(chroma).not.toBe(before)
    await page.aclose()
  })

  it('gives sound as samples, only while something is heard', async () => {
    const silent = await open('/box')
    silent.on('audio', () => expect.fail('there is nothing to hear'))
    const page = await open('/tone')
    const { frame } = await new Promise<AudioData>((resolve) => page.once('audio', resolve))
    expect(frame.data).toBeInstanceOf(Int16Array)
    expect(frame.samplesPerChannel).toBe((frame.sampleRate * 10) / 1_000)
    expect(frame.data.length).toBe(frame.samplesPerChannel * frame.channels)
    const loud = await new Promise<AudioData>((resolve) => {
      page.on('audio', (audio) => {
        if (audio.frame.data.some((sample) => Math.abs(sample) > 8_000)) resolve(audio)
      })
    })
    // 500 Hz: ten crossings in 10 ms, give or take one at each end.
    const left = loud.frame.data.filter((_sample, index) => index % loud.frame.channels === 0)
    const crossings = left.filter((sample, index) => index > 0 && sample < 0 !== (left[index - 1] ?? 0) < 0).length
    expect(crossings).toBeGreaterThanOrEqual(8)
    expect(crossings).toBeLessThanOrEqual(12)
    await Promise.all([silent.aclose(), page.aclose()])
  })

  it('tells the cursor by both its names, and where the page is', async () => {
    pages.set('/link', '<!doctype html><title>link</title><style>body{margin:0}a{display:block;width:200px;height:200px}</style><a href="/next">next</a>')
    const page = await open('/link')
    expect(page.url).toBe(`${pages.url}/link`)
    const cursor = new Promise((resolve) => page.on('cursorChanged', (...names) => resolve(names)))
    await expect.poll(() => page.sendMouseMove(50 + Math.random() * 20, 50).then(() => page.cursor)).toBe('pointer')
    expect(await cursor).toEqual(['pointer', 2])
    const url = new Promise((resolve) => page.on('urlChanged', resolve))
    await page.sendMouseClick(50, 50)
    await page.sendMouseClick(50, 50, 0, true)
    expect(await url).toBe(`${pages.url}/next`)
    await page.goBack()
    await expect.poll(() => page.url).toBe(`${pages.url}/link`)
    await page.goForward()
    await expect.poll(() => page.url).toBe(`${pages.url}/next`)
    await page.aclose()
  })

  it('is the page that Playwright drives, over a socket with a secret path', async () => {
    const page = await open('/box')
    const url = await context.cdpUrl(page)
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}$/)
    await expect(fetch(url.replace('ws:', 'http:').replace(/\/[0-9a-f]+$/, '/json/version')).then(({ status }) => status)).resolves.toBe(404)
    const browser = await context.playwright({ page, timeoutMs: 20_000 })
    const [tab] = browser.contexts()[0]?.pages() ?? []
    expect(
      browser
        .contexts()
        .flatMap((one) => one.pages())
        .map((one) => one.url()),
    ).toEqual([`${pages.url}/box`])
    await tab?.evaluate(`document.body.style.background = '#000'`)
    await expect.poll(() => luma(page, 20, 20)).toBeLessThan(30)
    await browser.close()
    // The client went; the page stays.
    await page.navigate(`${pages.url}/next`)
    await expect.poll(() => page.url).toBe(`${pages.url}/next`)
    await page.aclose()
  })

  it('goes on painting when the capture page is lost', async () => {
    const page = await open('/box')
    await expect.poll(() => luma(page, 20, 20)).toBeGreaterThan(220)
    const { targetInfos } = await page.browser.connection.root.send('Target.getTargets', { filter: [{}] })
    const capture = targetInfos.find((info) => page.browser.isHiddenTarget(info.targetId))
    const recovered = new Promise((resolve) => page.browser.events.once('captureLost', resolve))
    await page.browser.connection.root.send('Target.closeTarget', { targetId: capture?.targetId ?? '' })
    await recovered
    await evaluate(page, `document.body.style.background = '#000'`)
    await expect.poll(() => luma(page, 20, 20)).toBeLessThan(30)
    await page.aclose()
  })

  it('answers dialogs that nobody would see', async () => {
    pages.set(
      '/alert',
      '<!doctype html><title>alert</title><script>alert("hello"); globalThis.answer = confirm("really?"); document.title = "answered"</script>',
    )
    const page = await open('/alert')
    await expect.poll(() => evaluate(page, 'document.title')).toBe('answered')
    expect(await evaluate(page, 'globalThis.answer')).toBe(false)
    await page.aclose()
  })

  it('refuses addresses that no page may open', async () => {
    await expect(open('').then((page) => page.navigate('file:///etc/passwd'))).rejects.toMatchObject({ code: 'browser/url-refused' })
  })
})
