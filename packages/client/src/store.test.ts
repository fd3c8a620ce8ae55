import { expect, test, vi } from 'vitest'
import { Store } from './store.ts'

test('all changes of one turn are told once, and what is read at once is already new', async () => {
  const store = new Store({ a: 1, b: 1 })
  const listener = vi.fn<() => void>()
  store.subscribe(listener)
  store.patch({ a: 2 })
  store.patch({ b: 2 })
  expect(store.value).toEqual({ a: 2, b: 2 })
  expect(listener).not.toHaveBeenCalled()
  await Promise.resolve()
  expect(listener).toHaveBeenCalledTimes(1)
})

test('a patch that changes nothing makes no new value', async () => {
  const store = new Store({ a: 1 })
  const listener = vi.fn<() => void>()
  store.subscribe(listener)
  const before = store.value
  store.patch({ a: 1 })
  await Promise.resolve()
  expect(store.value).toBe(before)
  expect(listener).not.toHaveBeenCalled()
})

test('the undo of subscribe ends it', async () => {
  const store = new Store({ a: 1 })
  const listener = vi.fn<() => void>()
  store.subscribe(listener)()
  store.patch({ a: 2 })
  await Promise.resolve()
  expect(listener).not.toHaveBeenCalled()
})
