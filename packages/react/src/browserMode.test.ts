import { expect, test } from 'vitest'
import { Activity, IDLE_MS, LONG_RUNNING_MS, selectBrowserMode } from './browserMode.ts'

test('the stream is for long work, for whoever wants to watch and for takeovers', () => {
  expect(selectBrowserMode({ isLongRunning: true })).toBe('stream')
  expect(selectBrowserMode({ userWantsToWatch: true })).toBe('stream')
  expect(selectBrowserMode({ requiresUserTakeover: true })).toBe('stream')
})

test('screenshots are for idle agents, phones, poor networks, replays and hidden pages', () => {
  expect(selectBrowserMode({})).toBe('screenshot')
  expect(selectBrowserMode({ isLongRunning: true, isMobile: true })).toBe('screenshot')
  expect(selectBrowserMode({ isLongRunning: true, lowBandwidth: true })).toBe('screenshot')
  expect(selectBrowserMode({ isReplay: true, userWantsToWatch: true })).toBe('screenshot')
  expect(selectBrowserMode({ hidden: true, isLongRunning: true, requiresUserTakeover: true })).toBe('screenshot')
})

test('who must drive gets the stream on a phone and on a poor network too', () => {
  expect(selectBrowserMode({ requiresUserTakeover: true, isMobile: true, lowBandwidth: true })).toBe('stream')
})

test('a quick inspection is no long work, and work ends when its signs do', () => {
  const activity = new Activity()
  activity.sign(0)
  activity.sign(200)
  expect(activity.isLong(300)).toBe(false)
  activity.sign(LONG_RUNNING_MS)
  expect(activity.isLong(LONG_RUNNING_MS + 10)).toBe(true)
  expect(activity.isLong(LONG_RUNNING_MS + IDLE_MS + 1)).toBe(false)
  activity.sign(LONG_RUNNING_MS + IDLE_MS + 100)
  expect(activity.isLong(LONG_RUNNING_MS + IDLE_MS + 100)).toBe(false)
})
