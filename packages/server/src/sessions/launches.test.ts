import { isTandemError } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { settled } from '../control/fakeClock.ts'
import { Launches } from './launches.ts'

function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let began = false
  const run = (): Promise<string> => {
    began = true
    return promise
  }
  return { run, resolve, reject, began: () => began }
}

test('so many run at once, the rest wait in order', async () => {
  const launches = new Launches(2)
  const [a, b, c, d] = [work(), work(), work(), work()]
  const results = [a, b, c, d].map((one) => launches.run(one.run))
  await settled()
  expect([a, b, c, d].map((one) => one.began())).toEqual([true, true, false, false])
  b.resolve('b')
  await settled()
  expect([c.began(), d.began()]).toEqual([true, false])
  a.resolve('a')
  c.resolve('c')
  await settled()
  d.resolve('d')
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd'])
  expect(launches.idle).toBe(true)
})

test('one that fails makes room like any other', async () => {
  const launches = new Launches(1)
  const [a, b] = [work(), work()]
  const first = launches.run(a.run)
  const second = launches.run(b.run)
  a.reject(new Error('no'))
  await expect(first).rejects.toThrow('no')
  await settled()
  b.resolve('b')
  expect(await second).toBe('b')
})

test('when very many wait, one more is refused with words', async () => {
  const launches = new Launches(1)
  const blocking = work()
  const all = Array.from({ length: 51 }, () => launches.run(blocking.run))
  expect(() => launches.assertRoom()).toThrow(/50 browsers wait/)
  blocking.resolve('')
  await Promise.all(all)
  launches.assertRoom()
})

test('at the end whoever waits is told', async () => {
  const launches = new Launches(1)
  const running = work()
  const first = launches.run(running.run)
  const waiting = launches.run(async () => 'never').catch((error: unknown) => (isTandemError(error) ? error.code : 'other'))
  launches.close()
  expect(await waiting).toBe('server/shutting-down')
  running.resolve('done')
  expect(await first).toBe('done')
})
