/** What every outlet promises, whatever it sends: one suite, and each of them goes through it. */
import { BROWSER_IDENTITY, ROOM_OUTLET, SHARED_ENCODE, type Quality } from '@tandem/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startLiveKit, type LiveKit } from '../harness/livekit.ts'
import { ALL, OutletRig, roomToken, type Watching } from './outletRig.ts'

const WHITE = '({ luma }) => luma > 200'
const GREY = '({ luma }) => luma > 40 && luma < 80'
/** Limited-range black is 16. */
const BLACK = '({ luma }) => luma >= 0 && luma < 24'
const CLOCK = '({ latency, luma }) => latency < 5000 && luma > 24'

interface Outlet {
  name: string
  start(rig: OutletRig): Promise<Watching>
  pause(rig: OutletRig, paused: boolean): Promise<void>
  quality(rig: OutletRig, quality: Quality): Promise<void>
  stop(rig: OutletRig): Promise<void>
}

/** An outlet of the capture page. JPEGs are hidden from a viewer by not sending them. */
interface Capturing extends Outlet {
  blank(rig: OutletRig, blank: boolean): Promise<void>
}

let liveKit: LiveKit
/** A room of its own for each test, as a session has. */
let rooms = 0

const CAPTURING: Capturing[] = [
  {
    name: 'a peer',
    start: (rig) => rig.peer('p1'),
    pause: ({ browser }, paused) => browser.capture.pause({ peerId: 'p1', paused }),
    blank: ({ browser }, blank) => browser.capture.blank({ peerId: 'p1', blank }),
    quality: ({ browser }, quality) => browser.capture.quality({ peerId: 'p1', quality }),
    stop: ({ browser }) => browser.capture.disconnect({ peerId: 'p1' }),
  },
  {
    name: 'the shared encode',
    start: async (rig) => {
      const viewer = await rig.decode()
      await rig.encode(ALL)
      return viewer
    },
    pause: ({ browser }, paused) => browser.capture.pause({ peerId: SHARED_ENCODE, paused }),
    blank: ({ browser }, blank) => browser.capture.blank({ peerId: SHARED_ENCODE, blank }),
    quality: ({ browser }, quality) => browser.capture.quality({ peerId: SHARED_ENCODE, quality }),
    stop: (rig) => rig.encode(null),
  },
  {
    name: 'a room',
    start: async (rig) => {
      const room = `room-${++rooms}`
      const token = await roomToken(liveKit, room, BROWSER_IDENTITY, 'publish')
      await rig.browser.capture.room({ wsUrl: liveKit.url, token, audio: false, quality: 'auto', codecs: ['av1', 'vp8'] })
      return rig.room(liveKit.url, await roomToken(liveKit, room, 'viewer', 'watch'))
    },
    pause: ({ browser }, paused) => browser.capture.pause({ peerId: ROOM_OUTLET, paused }),
    blank: ({ browser }, blank) => browser.capture.blank({ peerId: ROOM_OUTLET, blank }),
    quality: ({ browser }, quality) => browser.capture.quality({ peerId: ROOM_OUTLET, quality }),
    stop: ({ browser }) => browser.capture.room(null),
  },
]

const OUTLETS: Outlet[] = [
  ...CAPTURING,
  {
    name: 'the JPEG screencast',
    start: async (rig) => {
      const viewer = await rig.decode()
      await rig.browser.setScreencast({ quality: 'auto' })
      return viewer
    },
    pause: ({ browser }, paused) => browser.setScreencast(paused ? null : { quality: 'auto' }),
    quality: ({ browser }, quality) => browser.setScreencast({ quality }),
    stop: ({ browser }) => browser.setScreencast(null),
  },
]

let rig: OutletRig
beforeAll(async () => {
  ;[rig, liveKit] = await Promise.all([OutletRig.start(), startLiveKit()])
})
afterAll(() => Promise.all([rig.close(), liveKit.close()]))

describe.each(OUTLETS)('$name', (outlet) => {
  let viewer: Watching
  beforeEach(async () => {
    rig.messages.length = 0
    await rig.open('text')
    viewer = await outlet.start(rig)
  })
  afterEach(async () => {
    await outlet.stop(rig)
    await viewer.leave()
  })

  it('shows the page as it is now', async () => {
    await viewer.frame(CLOCK)
    await viewer.frames()
    for (let i = 0; i < 20; i++) await viewer.frame(CLOCK)
    const sizes = (await viewer.frames()).map(({ width, height }) => `${width}x${height}`)
    expect(new Set(sizes)).toEqual(new Set(['1280x720']))
  })

  it('shows a page at rest, and follows to another tab and back', async () => {
    await viewer.frame(CLOCK)
    const text = rig.browser.activeTabId ?? ''
    await rig.browser.openTab(`${rig.url}/dark`)
    await viewer.frame(GREY)
    await rig.browser.navigate(`${rig.url}/still`)
    await viewer.frame(WHITE)
    const still = rig.browser.activeTabId ?? ''
    await rig.browser.activateTab(text)
    await viewer.frame(CLOCK)
    await rig.browser.closeTab(still)
  })

  it('sends nothing while it is paused, and the picture of the moment once it goes on', async () => {
    await rig.open('still')
    await viewer.frame(WHITE)
    await outlet.pause(rig, true)
    await rig.open('dark')
    // Nothing comes of the page that is shown meanwhile: its picture is the first thing that does.
    await viewer.frames()
    await outlet.pause(rig, false)
    await viewer.frame(GREY)
    expect((await viewer.frames()).filter(({ luma }) => luma > 200)).toEqual([])
  })

  it('takes what its quality allows, from one moment to the next, of a page at rest too', async () => {
    await rig.open('still')
    await viewer.frame('({ width, luma }) => width === 1280 && luma > 200')
    await outlet.quality(rig, 'low')
    expect(await viewer.frame('({ width }) => width < 1280')).toMatchObject({ width: 640, height: 360 })
    await outlet.quality(rig, 'auto')
    expect(await viewer.frame('({ width }) => width > 640')).toMatchObject({ width: 1280, height: 720 })
  })

  it('ends, and can be had again', async () => {
    await viewer.frame(CLOCK)
    await outlet.stop(rig)
    await outlet.stop(rig)
    await viewer.leave()
    viewer = await outlet.start(rig)
    await viewer.frame(CLOCK)
  })
})

describe.each(CAPTURING)('$name, of the capture page', (outlet) => {
  let viewer: Watching
  beforeEach(async () => {
    await rig.open('text')
    viewer = await outlet.start(rig)
  })
  afterEach(async () => {
    await outlet.stop(rig)
    await viewer.leave()
  })

  it('is black while it is hidden: not one frame of the page comes through', async () => {
    await viewer.frame(CLOCK)
    await outlet.blank(rig, true)
    await viewer.frame(BLACK)
    await viewer.frames()
    await viewer.frame(BLACK)
    await viewer.frame(BLACK)
    expect((await viewer.frames()).filter(({ luma }) => luma >= 24)).toEqual([])
    await outlet.blank(rig, false)
    await viewer.frame(CLOCK)
  })

  it('has the tab captured only while it watches', async () => {
    await viewer.frame(CLOCK)
    rig.messages.length = 0
    await outlet.pause(rig, true)
    await rig.stream(({ source }) => source === 'none')
    rig.messages.length = 0
    await outlet.pause(rig, false)
    await rig.stream(({ source }) => source === 'tab')
    await viewer.frame(CLOCK)
  })
})
