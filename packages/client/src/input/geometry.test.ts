import { expect, test } from 'vitest'
import { clampPoint, fromPage, pageIn, toPage } from './geometry.ts'

const page = { width: 1280, height: 720 }

test('a box of the same shape maps by scale alone', () => {
  expect(toPage(320, 180, { left: 0, top: 0, width: 640, height: 360 }, page, null)).toEqual({ x: 640, y: 360, inside: true })
})

test('bars above and below are outside the picture', () => {
  const box = { left: 10, top: 20, width: 640, height: 560 }
  expect(pageIn(box, page, null)).toEqual({ left: 10, top: 120, width: 640, height: 360 })
  expect(toPage(10, 120, box, page, null)).toEqual({ x: 0, y: 0, inside: true })
  expect(toPage(10, 119, box, page, null)).toMatchObject({ inside: false })
  expect(toPage(330, 300, box, page, null)).toEqual({ x: 640, y: 360, inside: true })
})

test('bars at the sides are outside too, for a phone page on a wide screen', () => {
  const phone = { width: 402, height: 874 }
  const box = { left: 0, top: 0, width: 1000, height: 437 }
  expect(pageIn(box, phone, null)).toEqual({ left: 399.5, top: 0, width: 201, height: 437 })
  expect(toPage(399.5, 436.5, box, phone, null)).toEqual({ x: 0, y: 873, inside: true })
  expect(toPage(300, 200, box, phone, null).inside).toBe(false)
})

test('the far edge belongs to the bar: the last pixel is width minus one', () => {
  const box = { left: 0, top: 0, width: 1280, height: 720 }
  expect(toPage(1280, 0, box, page, null).inside).toBe(false)
  expect(toPage(1279.9, 719.9, box, page, null).inside).toBe(true)
})

test('a box without a size maps nothing', () => {
  expect(toPage(5, 5, { left: 0, top: 0, width: 0, height: 0 }, page, null).inside).toBe(false)
})

test('from the page to the box and back is the same point', () => {
  const box = { left: 0, top: 0, width: 901, height: 333 }
  const { left, top } = fromPage(1000, 500, box, page, null)
  expect(toPage(left, top, box, page, null)).toEqual({ x: 1000, y: 500, inside: true })
})

test('a frame of other proportions than the page has bars of its own', () => {
  // Captured for 1280x720, of a page that an agent has just made 800x600.
  const box = { left: 0, top: 0, width: 1280, height: 1000 }
  const agents = { width: 800, height: 600 }
  expect(pageIn(box, agents, { width: 640, height: 360 })).toEqual({ left: 160, top: 140, width: 960, height: 720 })
  expect(toPage(160, 140, box, agents, { width: 640, height: 360 })).toEqual({ x: 0, y: 0, inside: true })
  expect(toPage(159, 140, box, agents, { width: 640, height: 360 }).inside).toBe(false)
  expect(pageIn(box, agents, { width: 0, height: 0 })).toEqual(pageIn(box, agents, null))
})

test('a drag may leave the page, but not without end', () => {
  expect(clampPoint({ x: -50, y: 800 }, page)).toEqual({ x: -50, y: 800 })
  expect(clampPoint({ x: -90_000, y: 90_000 }, page)).toEqual({ x: -1280, y: 1440 })
})
