import type { CaptureTarget } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Picture } from './picture.ts'
import { NoTab, type captureTab, type Source } from './tab.ts'

const TARGET: CaptureTarget = { tabId: 'tab', source: 'tab', width: 1280, height: 720, scale: 1 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A picture of a tab that somebody watches, whose captures end as these say: with an error, or a source. */
function watched(...outcomes: (Error | null)[]) {
  const opened: { end: () => void }[] = []
  const shown: (Source | null)[] = []
  const ended = vi.fn<(tabId: string) => void>()
  const capture = vi.fn<typeof captureTab>(async (target, end) => {
    const outcome = outcomes.shift()
    if (outcome) throw outcome
    opened.push({ end })
    // The picture hands it on and closes it; its tracks are nobody's here.
    return { target, refresh: () => {}, close: () => {} } as unknown as Source
  })
  const picture = new Picture({ changed: (source) => shown.push(source), ended, stuck: () => {} }, capture)
  return { picture, opened, shown, ended, capture }
}

test('a tab that Chromium refuses to capture is tried again by itself for as long as somebody watches', async () => {
  const broken = new DOMException('Error starting tab capture')
  const { picture, shown, ended } = watched(...Array.from({ length: 9 }, () => broken), null)
  await picture.setWatched(true)
  const failed = picture.show(TARGET).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(8_000)
  expect(await failed).toBe(broken)
  expect(ended).toHaveBeenCalledExactlyOnceWith('tab', expect.any(String))
  expect(picture.source).toBeNull()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(picture.source).not.toBeNull()
  expect(shown).toEqual([picture.source])
})

test('a capture that ends though its tab is there begins anew; of a tab that is gone none does', async () => {
  const { picture, opened, capture } = watched(null, null, new NoTab('gone'))
  await picture.setWatched(true)
  await picture.show(TARGET)
  opened[0]?.end()
  expect(picture.source).toBeNull()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(picture.source).not.toBeNull()
  opened[1]?.end()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(picture.source).toBeNull()
  expect(capture).toHaveBeenCalledTimes(3)
})

test('nobody who watches, or another tab, ends the trying', async () => {
  const broken = new TypeError('Extension has not been invoked')
  const { picture, capture } = watched(broken, broken, broken, null)
  await picture.setWatched(true)
  await expect(picture.show(TARGET)).rejects.toBe(broken)
  await picture.setWatched(false)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(capture).toHaveBeenCalledTimes(1)
  await picture.setWatched(true)
  expect(capture).toHaveBeenCalledTimes(2)
  await expect(picture.show({ ...TARGET, tabId: 'other' })).rejects.toBe(broken)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(picture.source?.target.tabId).toBe('other')
  expect(capture).toHaveBeenCalledTimes(4)
})
