import { ROOM_PACKET_MAX_BYTES } from '@tandem/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RoomInbox } from './roomInbox.ts'

type Emitted = Parameters<ConstructorParameters<typeof RoomInbox>[0]>[0]

let emitted: Emitted[]
let inbox: RoomInbox
beforeEach(() => {
  vi.useFakeTimers()
  emitted = []
  inbox = new RoomInbox(
    (message) => emitted.push(message),
    () => Date.now(),
  )
})
afterEach(() => {
  inbox.close()
  vi.useRealTimers()
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const take = (text: string, from = 'anna'): void => inbox.take({ payload: bytes(text), from, topic: undefined, reliable: true })
const refused = (): Emitted[] => emitted.filter(({ type }) => type === 'roomRefused')

it('passes text on, in order, with its sender and its topic; an empty topic is none', () => {
  take('one')
  inbox.take({ payload: bytes('zwei €'), from: 'bob', topic: 'browser-input', reliable: false })
  inbox.take({ payload: bytes('three'), from: 'bob', topic: '', reliable: true })
  expect(emitted).toEqual([
    { type: 'roomData', from: 'anna', topic: null, text: 'one', reliable: true },
    { type: 'roomData', from: 'bob', topic: 'browser-input', text: 'zwei €', reliable: false },
    { type: 'roomData', from: 'bob', topic: null, text: 'three', reliable: true },
  ])
})

it('passes a packet of the greatest size and refuses a larger one', () => {
  take('x'.repeat(ROOM_PACKET_MAX_BYTES))
  expect(emitted).toHaveLength(1)
  take(`${'x'.repeat(ROOM_PACKET_MAX_BYTES)}x`)
  vi.advanceTimersByTime(500)
  expect(emitted.slice(1)).toEqual([{ type: 'roomRefused', from: 'anna', count: 1, reason: 'too-large' }])
})

it('refuses what is no UTF-8', () => {
  inbox.take({ payload: new Uint8Array([0x7b, 0xff, 0x7d]), from: 'anna', topic: undefined, reliable: true })
  vi.advanceTimersByTime(500)
  expect(emitted).toEqual([{ type: 'roomRefused', from: 'anna', count: 1, reason: 'not-text' }])
})

it('counts a flood, tells of it twice a second, and lets others through', () => {
  for (let i = 0; i < 700; i++) take('{"type":"mouseMove"}')
  take('{"type":"mouseMove"}', 'bob')
  expect(emitted).toHaveLength(501)
  vi.advanceTimersByTime(500)
  expect(refused()).toEqual([{ type: 'roomRefused', from: 'anna', count: 200, reason: 'flood' }])
  for (let i = 0; i < 10; i++) take('{"type":"mouseMove"}')
  expect(refused()).toHaveLength(1)
  vi.advanceTimersByTime(500)
  expect(refused()).toHaveLength(2)
  emitted.length = 0
  take('{"type":"mouseMove"}')
  expect(emitted).toHaveLength(1)
})

it('drops no release in a flood, unless that floods by itself', () => {
  for (let i = 0; i < 6_000; i++) take('{"type":"keyDown"}')
  emitted.length = 0
  for (const type of ['mouseUp', 'keyUp', 'touchEnd', 'release']) take(`{ "type": "${type}" }`)
  take('{"type":"mouseDown"}')
  // Large and only named like one.
  take(`{"type":"mouseUp","x":"${'0'.repeat(1_000)}"}`)
  expect(emitted.map((message) => message.type === 'roomData' && message.text)).toEqual([
    '{ "type": "mouseUp" }',
    '{ "type": "keyUp" }',
    '{ "type": "touchEnd" }',
    '{ "type": "release" }',
  ])
  for (let i = 0; i < 6_000; i++) take('{"type":"keyUp"}')
  expect(emitted.length).toBeLessThan(1_000)
})
