import { ROOM_PACKET_MAX_BYTES } from '@tandem/protocol'
import { describe, expect, test } from 'vitest'
import { readPacket } from './dialect.ts'

const read = (packet: unknown) => readPacket(JSON.stringify(packet))
const problem = (packet: unknown) => {
  const read = readPacket(typeof packet === 'string' ? packet : JSON.stringify(packet))
  return read.kind === 'refused' ? read.problem : `not refused: ${read.kind}`
}

describe('events', () => {
  test('every variant becomes an event of ours', () => {
    for (const event of [
      { type: 'mouseMove', x: 1, y: 2 },
      { type: 'mouseDown', x: -100_000, y: 100_000, button: 2 },
      { type: 'mouseUp', x: 1, y: 2, button: 0 },
      { type: 'wheel', x: 1, y: 2, deltaX: -100_000, deltaY: 3 },
      { type: 'keyDown', key: 'k', modifiers: ['cmd', 'shift'] },
      { type: 'keyUp', key: 'Enter' },
      { type: 'tap', x: 1, y: 2 },
      { type: 'touchStart', x: 1, y: 2, touchId: 0 },
      { type: 'touchMove', x: 1, y: 2, touchId: 9 },
      { type: 'touchEnd', x: 1, y: 2, touchId: 4 },
      { type: 'swipe', x1: 1, y1: 2, x2: 3, y2: 4, durationMs: 60_000 },
      { type: 'text', text: 'höher 🙂' },
      { type: 'release' },
    ])
      expect(read(event)).toEqual({ kind: 'input', event, receipt: null })
  })

  test('those that commit something may ask for a receipt', () => {
    for (const event of [
      { type: 'tap', x: 1, y: 2 },
      { type: 'touchEnd', x: 1, y: 2, touchId: 0 },
      { type: 'keyUp', key: 'a' },
      { type: 'text', text: 'a' },
    ]) {
      expect(read({ ...event, id: 'aZ09_-' })).toEqual({ kind: 'input', event, receipt: 'aZ09_-' })
      for (const id of ['', 'a b', 'x'.repeat(65), 7]) expect([id, problem({ ...event, id })]).toEqual([id, 'invalid'])
    }
    expect(read({ type: 'mouseUp', x: 1, y: 2, button: 0, id: 'a' })).toMatchObject({ receipt: null })
  })

  test('only the four canonical modifiers count; others, of the DOM too, are dropped', () => {
    const modifiersOf = (modifiers: unknown) => {
      const packet = read({ type: 'keyDown', key: 'a', modifiers })
      return packet.kind === 'input' && 'modifiers' in packet.event ? packet.event.modifiers : packet
    }
    expect(modifiersOf(['Meta', 'ctrl', 'Shift', 'option', 'option', 'hyper'])).toEqual(['ctrl', 'option'])
    expect(modifiersOf([])).toEqual([])
    expect(modifiersOf(Array.from({ length: 8 }, () => 'x'.repeat(1_000)))).toEqual([])
    expect(modifiersOf(Array.from({ length: 9 }, () => 'cmd'))).toEqual({ kind: 'refused', problem: 'invalid' })
    expect(modifiersOf('cmd')).toEqual({ kind: 'refused', problem: 'invalid' })
  })

  test('numbers are whole and within their limits', () => {
    for (const event of [
      { type: 'mouseMove', x: 1.5, y: 2 },
      { type: 'mouseMove', x: 100_001, y: 2 },
      { type: 'mouseMove', x: 1 },
      { type: 'mouseMove', x: '1', y: 2 },
      { type: 'mouseMove', x: null, y: 2 },
      { type: 'mouseDown', x: 1, y: 2, button: 3 },
      { type: 'mouseDown', x: 1, y: 2 },
      { type: 'wheel', x: 1, y: 2, deltaX: 0, deltaY: -100_001 },
      { type: 'touchStart', x: 1, y: 2, touchId: 10 },
      { type: 'touchStart', x: 1, y: 2, touchId: -1 },
      { type: 'swipe', x1: 1, y1: 2, x2: 3, y2: 4, durationMs: 60_001 },
      { type: 'swipe', x1: 1, y1: 2, x2: 3, y2: 4, durationMs: -1 },
      { type: 'keyDown', key: '' },
      { type: 'keyDown', key: 'x'.repeat(65) },
      { type: 'ping', timestamp: -1 },
      { type: 'ping' },
    ])
      expect([event, problem(event)]).toEqual([event, 'invalid'])
  })

  test('members that the dialect does not know are dropped', () => {
    expect(read({ type: 'mouseMove', x: 1, y: 2, epoch: 7, clickCount: 3 })).toEqual({ kind: 'input', event: { type: 'mouseMove', x: 1, y: 2 }, receipt: null })
  })
})

describe('other packets', () => {
  test('a ping goes back as it came, to the letter', () => {
    const text = '{ "timestamp" : 1.25e3, "type":"ping", "more": [1] }'
    expect(readPacket(text)).toEqual({ kind: 'ping', text })
  })

  test('only web addresses are opened', () => {
    expect(read({ type: 'navigate', url: 'HTTPS://example.com/a?b#c' })).toEqual({ kind: 'navigate', url: 'HTTPS://example.com/a?b#c' })
    for (const url of [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'data:text/html,x',
      'example.com',
      'http://',
      ' http://a',
      '',
      `https://e.com/${'ä'.repeat(2_048)}`,
    ])
      expect([url, problem({ type: 'navigate', url })]).toEqual([url, 'invalid'])
  })

  test('a text is as long as its bytes', () => {
    expect(read({ type: 'text', text: 'x'.repeat(8_192) })).toMatchObject({ kind: 'input' })
    expect(problem({ type: 'text', text: 'x'.repeat(8_193) })).toBe('invalid')
    expect(problem({ type: 'text', text: 'ä'.repeat(4_097) })).toBe('invalid')
  })

  test('a tab is shown by its id', () => {
    expect(read({ type: 'activateTab', requestId: 'r', sessionId: 's', tabId: 't', prevTabId: 'p', url: 'u', scrollY: 1 })).toEqual({
      kind: 'activateTab',
      tabId: 't',
      requestId: 'r',
    })
  })
})

describe('what is none of the dialect', () => {
  test.each(['', 'x', '{', '{"type":"tap",}', '\u0000'])('%j is no JSON', (text) => expect(problem(text)).toBe('not-json'))

  test.each(['1', 'null', '[]', '"tap"', '{}', '{"type":1}', '{"type":"Tap"}', '{"type":"constructor"}', '{"type":["tap"]}', '[{"type":"tap"}]'])(
    '%s is no packet',
    (text) => expect(problem(text)).toBe('unknown-type'),
  )

  test('a packet is at most so large, in bytes', () => {
    const around = '{"type":"text","text":""}'.length
    expect(problem({ type: 'text', text: 'x'.repeat(ROOM_PACKET_MAX_BYTES - around + 1) })).toBe('too-large')
    expect(problem({ type: 'text', text: '🙂'.repeat(ROOM_PACKET_MAX_BYTES / 4) })).toBe('too-large')
    expect(problem({ type: 'text', text: 'x'.repeat(ROOM_PACKET_MAX_BYTES - around) })).toBe('invalid')
  })
})
