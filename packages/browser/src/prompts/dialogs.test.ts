import { EventEmitter } from 'node:events'
import type { Dialog } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Tab } from '../tab.ts'
import { Dialogs } from './dialogs.ts'

let session: EventEmitter & { send: ReturnType<typeof vi.fn> }
let dialogs: Dialogs
let told: Dialog[]
let heard: boolean

beforeEach(() => {
  vi.useFakeTimers()
  heard = true
  told = []
  session = Object.assign(new EventEmitter(), { send: vi.fn(() => Promise.resolve({})) })
  dialogs = new Dialogs()
  dialogs.setAudience((tabId) => heard && tabId === 'T')
  dialogs.events.on('dialogOpened', (dialog) => told.push(dialog))
  // Of a tab only its id and its session are used.
  dialogs.add({ id: 'T', session } as unknown as Tab)
})
afterEach(() => vi.useRealTimers())

const opens = (type: Dialog['type']) => session.emit('Page.javascriptDialogOpening', { type, message: 'sure?', url: 'https://a.example/' })
const closes = () => session.emit('Page.javascriptDialogClosed', { result: true })

test('while a human drives viewers are told at once', () => {
  dialogs.set(true)
  opens('confirm')
  expect(told).toMatchObject([{ type: 'confirm', tabId: 'T' }])
})

test('one that an agent hears of is its own for a while, then viewers are told as well, and nobody answers for it', () => {
  opens('confirm')
  vi.advanceTimersByTime(2_900)
  expect(dialogs.pending).toEqual([])
  vi.advanceTimersByTime(200)
  expect(told).toMatchObject([{ type: 'confirm' }])
  vi.advanceTimersByTime(600_000)
  expect(session.send).not.toHaveBeenCalled()
})

test('one that was answered in time is told to nobody', () => {
  opens('alert')
  closes()
  vi.advanceTimersByTime(600_000)
  expect(told).toEqual([])
})

test.each([
  ['alert', false],
  ['confirm', false],
  ['beforeunload', true],
] as const)('an %s that no agent hears of is told to viewers, and closed so that nothing stands still for good', (type, accept) => {
  heard = false
  opens(type)
  expect(told).toHaveLength(1)
  expect(session.send).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(session.send).toHaveBeenCalledWith('Page.handleJavaScriptDialog', { accept })
})

test('it is not closed under the hands of a human who took the wheel because of it', () => {
  heard = false
  opens('confirm')
  dialogs.set(true)
  vi.advanceTimersByTime(600_000)
  expect(session.send).not.toHaveBeenCalled()
  expect(told).toHaveLength(1)
})
