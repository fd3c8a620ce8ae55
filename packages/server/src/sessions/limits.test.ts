import { isTandemError } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { Limits } from './limits.ts'

const MB = 1024 * 1024
const codeOf = async (work: () => unknown): Promise<string | null> => {
  try {
    await work()
    return null
  } catch (error) {
    return isTandemError(error) ? error.code : 'other'
  }
}

test('of a hundred creates at once exactly as many get a place as there are', async () => {
  const limits = new Limits({ maxSessions: 7, maxMemoryMb: 0, memory: async () => 0 })
  const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(() => limits.reserve())))
  expect(codes.filter((code) => code === null)).toHaveLength(7)
  expect(codes.filter((code) => code === 'session/limit')).toHaveLength(93)
  expect(limits.taken).toBe(7)
})

test('a place is given back once, however often that is said', async () => {
  const limits = new Limits({ maxSessions: 2, maxMemoryMb: 0, memory: async () => 0 })
  const release = limits.reserve()
  limits.reserve()
  release()
  release()
  expect(limits.taken).toBe(1)
  limits.reserve()
  expect(await codeOf(() => limits.reserve())).toBe('session/limit')
})

test('sessions that come back after a restart are never refused', () => {
  const limits = new Limits({ maxSessions: 1, maxMemoryMb: 0, memory: async () => 0 })
  limits.reserve({ force: true })
  limits.reserve({ force: true })
  expect(limits.taken).toBe(2)
})

test('over the memory limit no session is begun, and the words say how much is used', async () => {
  const limits = new Limits({ maxSessions: 10, maxMemoryMb: 500, memory: async () => 501 * MB })
  expect(await codeOf(() => limits.assertMemory())).toBe('server/overloaded')
  await expect(limits.assertMemory()).rejects.toThrow(/501 MB of the 500 MB/)
  expect(await limits.hasRoom(0)).toBe(false)
})

test('browsers that are being started count before they can be measured', async () => {
  const limits = new Limits({ maxSessions: 10, maxMemoryMb: 500, memory: async () => 120 * MB })
  const first = limits.starting()
  expect(await codeOf(() => limits.assertMemory())).toBe(null)
  limits.starting()
  expect(await codeOf(() => limits.assertMemory())).toBe('server/overloaded')
  first()
  expect(await codeOf(() => limits.assertMemory())).toBe(null)
})

test('no browser is kept ready for a session that may not be made', async () => {
  const limits = new Limits({ maxSessions: 3, maxMemoryMb: 0, memory: async () => 0 })
  limits.reserve()
  expect(await limits.hasRoom(1)).toBe(true)
  expect(await limits.hasRoom(2)).toBe(false)
})
