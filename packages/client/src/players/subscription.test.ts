import { TandemError } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Signals } from './player.ts'
import { Subscription } from './subscription.ts'

interface Call {
  method: string
  params: unknown
  answer(result: unknown): void
  refuse(error: unknown): void
}

let calls: Call[]
let heard: string[]
const last = (): Call => calls.at(-1)!
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

function made(): Subscription {
  const signals = {
    call: (method: string, params: unknown) => new Promise((answer, refuse) => calls.push({ method, params, answer, refuse })),
    notify: () => {},
  } as Signals
  return new Subscription({
    signals,
    transport: 'webrtc',
    params: () => ({ audio: true }),
    started: (peerId) => heard.push(`started ${peerId}`),
    event: (message) => heard.push(message.event),
    dropped: () => {},
    changed: () => {},
    failed: (reason, fatal) => heard.push(`failed ${reason} ${fatal}`),
  })
}
function begun(subscription = made()): Subscription {
  subscription.want()
  subscription.anew()
  return subscription
}

beforeEach(() => {
  vi.useFakeTimers()
  calls = []
  heard = []
})
afterEach(() => void vi.useRealTimers())

test('an offer that overtakes the answer to `media.start` is not lost, one of another peer is', async () => {
  const subscription = begun()
  subscription.handle({ event: 'media.offer', data: { peerId: 'p1', sdp: 'x' } })
  subscription.handle({ event: 'media.offer', data: { peerId: 'p0', sdp: 'x' } })
  last().answer({ peerId: 'p1' })
  await settle()
  expect(heard).toEqual(['started p1', 'media.offer'])
})

test('what may go away by itself is asked for again, later each time', async () => {
  const subscription = begun()
  const waits: number[] = []
  for (let attempt = 0; attempt < 5; attempt++) {
    last().refuse(new TandemError('media/unavailable', 'The capture page is being made.'))
    await settle()
    expect(subscription.why).toBe('The capture page is being made.')
    const count = calls.length
    let waited = 0
    for (; calls.length === count; waited += 500) await vi.advanceTimersByTimeAsync(500)
    waits.push(waited)
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000])
  expect(heard).toEqual([])
})

test('a rung that the server refuses has failed, with its words', async () => {
  begun()
  last().refuse(new TandemError('media/rung-unavailable', 'All 3 direct connections are taken.'))
  await settle()
  expect(heard).toEqual(['failed All 3 direct connections are taken. false'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(calls).toHaveLength(1)
})

test('a peer that ends is made anew when the server says so, and has failed when it does not', async () => {
  const subscription = begun()
  last().answer({ peerId: 'p1' })
  await settle()
  subscription.handle({ event: 'media.ended', data: { peerId: 'p1', reason: 'the capture page was lost', retry: true } })
  expect(subscription.why).toBe('The capture page was lost.')
  await vi.advanceTimersByTimeAsync(1_000)
  last().answer({ peerId: 'p2' })
  await settle()
  subscription.handle({ event: 'media.ended', data: { peerId: 'p2', reason: 'over', retry: false } })
  expect(heard).toEqual(['started p1', 'started p2', 'failed Over. false'])
})

test('stopped while it starts: the peer that comes late is ended, and nothing plays', async () => {
  const subscription = begun()
  subscription.stop()
  last().answer({ peerId: 'p1' })
  await settle()
  expect(heard).toEqual([])
  expect(last()).toMatchObject({ method: 'media.stop', params: { peerId: 'p1' } })
})

test('a pause and a quality that came too early hold for the peer that comes', async () => {
  const subscription = made()
  subscription.setQuality('low')
  begun(subscription)
  void subscription.pause(true)
  expect(last().params).toEqual({ transport: 'webrtc', audio: true, quality: 'low' })
  subscription.setQuality('high')
  last().answer({ peerId: 'p1' })
  await settle()
  expect(last()).toMatchObject({ method: 'media.pause', params: { peerId: 'p1', paused: true } })
  last().answer({})
  await settle()
  expect(last()).toMatchObject({ method: 'media.quality', params: { peerId: 'p1', quality: 'high' } })
})

test('stopped and wanted again while it starts: what becomes of the first question does not touch the second', async () => {
  const subscription = begun()
  const first = last()
  subscription.stop()
  const second = (begun(subscription), last())
  // The server ends what it was making for the first when it is asked again.
  first.refuse(new TandemError('media/no-peer'))
  await settle()
  second.answer({ peerId: 'p2' })
  await settle()
  expect(heard).toEqual(['started p2'])
  expect(calls).toEqual([first, second])
})

test('an answer to the first question that comes after the second was asked is not taken for its answer', async () => {
  const subscription = begun()
  const first = last()
  subscription.stop()
  const second = (begun(subscription), last())
  first.answer({ peerId: 'p1' })
  second.answer({ peerId: 'p2' })
  await settle()
  expect(heard).toEqual(['started p2'])
  expect(calls.filter(({ method }) => method === 'media.stop')).toMatchObject([{ params: { peerId: 'p1' } }])
})
