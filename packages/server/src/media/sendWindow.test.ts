import { expect, test } from 'vitest'
import { SendWindow } from './sendWindow.ts'

const DRAWN_EVERY_MS = 16
const FOR_MS = 20_000

interface Line {
  roundTripMs: number
  /** How long the line is busy with one picture: the next waits. */
  eachMs: number
  bytes?: number
}

/** A page in full motion, watched for 20 s: pictures a second, and how much later each came than over an empty line. */
function watch({ roundTripMs, eachMs, bytes = 20_000 }: Line): { fps: number; waitedMs: number[] } {
  const window = new SendWindow()
  const onTheWay: { at: number; sentAt: number; arrived: (at: number) => void }[] = []
  const waitedMs: number[] = []
  let freeAt = 0
  for (let now = 0; now < FOR_MS; now++) {
    for (; onTheWay[0] && onTheWay[0].at <= now; onTheWay.shift()) {
      onTheWay[0].arrived(now)
      waitedMs.push(now - onTheWay[0].sentAt - roundTripMs - eachMs)
    }
    if (now % DRAWN_EVERY_MS !== 0 || !window.hasRoom(bytes)) continue
    freeAt = Math.max(now, freeAt) + eachMs
    onTheWay.push({ at: freeAt + roundTripMs, sentAt: now, arrived: window.send(bytes, now) })
  }
  return { fps: waitedMs.length / (FOR_MS / 1_000), waitedMs }
}

test('who is far away sees as many pictures as who is near', () => {
  for (const roundTripMs of [1, 50, 120]) expect(watch({ roundTripMs, eachMs: 1 }).fps, `${roundTripMs} ms`).toBeGreaterThan(50)
  expect(watch({ roundTripMs: 300, eachMs: 1 }).fps).toBeGreaterThan(5 / 0.3)
})

test('over a slow line pictures do not wait for each other, but for two now and then, which try it', () => {
  for (const eachMs of [200, 500, 1_000]) {
    const { fps, waitedMs } = watch({ roundTripMs: 50, eachMs })
    expect(fps).toBeGreaterThan((0.8 * 1_000) / (eachMs + 50 + DRAWN_EVERY_MS))
    expect(Math.max(...waitedMs)).toBeLessThanOrEqual(eachMs)
    expect(waitedMs.filter((ms) => ms > 50).length).toBeLessThanOrEqual(2 * (1 + waitedMs.length / 20))
  }
})

test('a line that becomes slow has its queue emptied, and when it is quick again it is filled again', () => {
  const window = new SendWindow()
  let now = 0
  /** Fills the window, and has all of it arrive. */
  const fill = (eachMs: number): number => {
    const arrived: ((at: number) => void)[] = []
    while (window.hasRoom(1_000)) arrived.push(window.send(1_000, now))
    for (const tell of arrived) tell((now += eachMs))
    return arrived.length
  }
  const sizes = (eachMs: number, times: number): number[] => Array.from({ length: times }, () => fill(eachMs))
  expect(sizes(1, 20).at(-1)).toBe(8)
  expect(sizes(400, 4).at(-1)).toBe(1)
  expect(sizes(1, 40).at(-1)).toBe(8)
})

test('of a viewer who stops reading little is kept; a picture that is larger than that goes alone', () => {
  const window = new SendWindow()
  for (let at = 0; at < 10; at++) {
    const arrived: ((at: number) => void)[] = []
    while (window.hasRoom(300_000)) arrived.push(window.send(300_000, at))
    for (const tell of arrived) tell(at)
  }
  let kept = 0
  for (; window.hasRoom(300_000); kept += 300_000) window.send(300_000, 100)
  expect(kept).toBe(900_000)
  expect(new SendWindow().hasRoom(2_000_000)).toBe(true)
})
