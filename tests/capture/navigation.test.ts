/** Captures that begin before anybody watches, and while the tab moves to another process. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { ALL, OutletRig } from './outletRig.ts'

let rig: OutletRig
beforeAll(async () => {
  rig = await OutletRig.start()
})
afterAll(() => rig.close())

it('a first viewer who comes in the middle of a cross-site navigation gets the picture', async () => {
  const { capture, events } = rig.browser
  // As the server does: whoever watched before goes on with the new capture page.
  let wanted = false
  events.on('captureLost', ({ recovered }) => {
    expect(recovered).toBe(true)
    if (wanted) void capture.encode(ALL)
  })
  for (const site of ['localhost', '127.0.0.1', 'localhost', '127.0.0.1']) {
    const navigated = rig.browser.navigate(`${rig.url.replace('127.0.0.1', site)}/text`)
    rig.packets.length = 0
    wanted = true
    await capture.encode(ALL).catch(() => {})
    await rig.packet(({ kind, keyFrame }) => kind === 'video' && keyFrame)
    await navigated
    wanted = false
    await capture.encode(null)
  }
})

it('captures the tab for a viewer who is expected, and lets go of it when nobody comes', async () => {
  await rig.open('still')
  await vi.waitFor(() => expect(rig.captured).toBeNull(), 20_000)
  rig.messages.length = 0
  // Again: Chromium may not have let go of the tab's last capture so soon, and then there is none.
  const expected = async (): Promise<boolean> => {
    await rig.browser.capture.expect({ ms: 500 })
    return rig.messages.some((message) => message.type === 'stream' && message.info.tabId === rig.browser.activeTabId)
  }
  await expect.poll(expected).toBe(true)
  await rig.stream(({ tabId }) => tabId === null)
})
