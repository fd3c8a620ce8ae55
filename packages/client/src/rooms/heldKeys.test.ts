import { beforeEach, expect, test } from 'vitest'
import { HeldKeys } from './heldKeys.ts'
import type { KeyFacts } from './heldKeys.ts'

let sent: string[]
let keys: HeldKeys

beforeEach(() => {
  sent = []
  keys = new HeldKeys((event, { reliable }) => {
    if (event.type === 'keyDown' || event.type === 'keyUp')
      sent.push([event.type, event.key, ...(event.modifiers ?? []), ...(reliable ? [] : ['lossy'])].join(' '))
  })
})

const key = (name: string, code: string, held: Partial<KeyFacts> = {}): KeyFacts => ({
  ...{ key: name, code, metaKey: false, ctrlKey: false, shiftKey: false, altKey: false, isComposing: false, keyCode: 65 },
  ...held,
})
const take = (): string[] => sent.splice(0)

test('modifiers have the four names of rooms', () => {
  keys.down(key('k', 'KeyK', { metaKey: true, ctrlKey: true, shiftKey: true, altKey: true }))
  expect(take()).toEqual(['keyDown k cmd ctrl shift option'])
})

test('an up is sent where its down was, under the name of the down', () => {
  expect(keys.up(key('a', 'KeyA'))).toBe(false)
  keys.down(key('A', 'KeyA', { shiftKey: true }))
  expect(keys.up(key('a', 'KeyA'))).toBe(true)
  expect(keys.up(key('a', 'KeyA'))).toBe(false)
  expect(take()).toEqual(['keyDown A shift', 'keyUp A'])
})

test('a bare Escape is the viewer’s own; with a modifier it is the page’s', () => {
  expect(keys.down(key('Escape', 'Escape'))).toBe(false)
  expect(keys.up(key('Escape', 'Escape'))).toBe(false)
  expect(keys.down(key('Escape', 'Escape', { shiftKey: true }))).toBe(true)
  expect(take()).toEqual(['keyDown Escape shift'])
})

test('what an input method or a dead key holds is no key yet', () => {
  expect(keys.down(key('a', 'KeyA', { isComposing: true }))).toBe(false)
  expect(keys.down(key('Process', 'KeyA'))).toBe(false)
  expect(keys.down(key('Dead', 'Quote'))).toBe(false)
  expect(take()).toEqual([])
})

test('everything held is let go at once, and only once', () => {
  keys.down(key('a', 'KeyA'))
  keys.down(key('Shift', 'ShiftLeft', { shiftKey: true }))
  take()
  keys.releaseAll()
  expect(take()).toEqual(['keyUp a', 'keyUp Shift'])
  keys.releaseAll()
  expect(take()).toEqual([])
})

test('with Command go the keys that a Mac does not tell of', () => {
  keys.down(key('Meta', 'MetaLeft', { metaKey: true }))
  keys.down(key('c', 'KeyC', { metaKey: true }))
  take()
  keys.up(key('Meta', 'MetaLeft'))
  expect(take()).toEqual(['keyUp c', 'keyUp Meta'])
})
