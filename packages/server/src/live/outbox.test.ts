import { expect, test, vi } from 'vitest'
import { Outbox } from './outbox.ts'

function socket(): { sent: string[]; bufferedAmount: number; readyState: 1; OPEN: 1; send(text: string): void } {
  const sent: string[] = []
  return { sent, bufferedAmount: 0, readyState: 1, OPEN: 1, send: (text) => void sent.push(text) }
}

test('a viewer who reads gets everything at once, in order', () => {
  const wire = socket()
  const outbox = new Outbox(wire, () => expect.unreachable())
  outbox.sendEvent('agent.pointer', 'a')
  outbox.sendEvent('agent.pointer', 'b')
  outbox.send('c')
  expect(wire.sent).toEqual(['a', 'b', 'c'])
})

test('a slow viewer gets the newest of each kind of state, the others in between, and all once it reads again', () => {
  vi.useFakeTimers()
  try {
    const wire = socket()
    const outbox = new Outbox(wire, () => expect.unreachable())
    wire.bufferedAmount = 200_000
    for (const text of ['pointer 1', 'pointer 2']) outbox.sendEvent('agent.pointer', text)
    outbox.sendEvent('cursor.changed', 'cursor')
    outbox.sendEvent('agent.pointer', 'pointer 3')
    outbox.sendEvent('dialog.opened', 'dialog')
    expect(wire.sent).toEqual(['dialog'])
    wire.bufferedAmount = 0
    vi.advanceTimersByTime(60)
    expect(wire.sent).toEqual(['dialog', 'cursor', 'pointer 3'])
  } finally {
    vi.useRealTimers()
  }
})

test('a viewer who reads nothing is let go: by bytes, or by time', () => {
  vi.useFakeTimers()
  try {
    const byBytes = vi.fn<() => void>()
    const full = socket()
    full.bufferedAmount = 3_000_000
    new Outbox(full, byBytes).send('x')
    expect(byBytes).toHaveBeenCalledOnce()
    expect(full.sent).toEqual([])

    const byTime = vi.fn<() => void>()
    const slow = socket()
    slow.bufferedAmount = 200_000
    new Outbox(slow, byTime).sendEvent('agent.pointer', 'x')
    vi.advanceTimersByTime(15_000)
    expect(byTime).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(byTime).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})
