import { RawMessage, type Connection } from '@tandem/browser'
import { expect, it } from 'vitest'
import { ClientSession } from './clientSession.ts'
import { Traces } from './traces.ts'

function setup() {
  const posted: unknown[] = []
  const traces = new Traces({ post: (method: string, params: object) => posted.push([method, params]) } as unknown as Connection)
  const page = new ClientSession('p', null, { targetId: 't', type: 'page', url: 'about:blank' })
  const start = (params: Record<string, unknown> = {}) => {
    traces.assertAllowed({ id: 1, method: 'Tracing.start', params, sessionId: 'p' }, page)
    traces.sent('Tracing.start', page)
    return params
  }
  const end = () => {
    traces.assertAllowed({ id: 2, method: 'Tracing.end', params: {}, sessionId: 'p' }, page)
    traces.sent('Tracing.end', page)
  }
  const heard = (method: string, params = {}) => traces.heard(new RawMessage(JSON.stringify({ method, params })), page)
  return { traces, page, posted, start, end, heard }
}

it('leaves of what is asked for what shows no pictures, no memory and no network, and refuses what it cannot read', () => {
  const start = (params: Record<string, unknown>) => setup().start(params)
  expect(start({ categories: '-*,devtools.timeline,disabled-by-default-devtools.screenshot,netlog', tracingBackend: 'system' })).toEqual({
    categories: '-*,devtools.timeline',
  })
  expect(start({ categories: '*' })['categories']).not.toMatch(/screenshot|memory|net/)
  expect(start({})['categories']).not.toContain('disabled-by-default')
  expect(start({ categories: '-*', options: 'trace-to-console,record-until-full,sampling-frequency=10000' })['options']).toBe(
    'record-until-full,sampling-frequency=10000',
  )
  expect(start({ traceConfig: { includedCategories: ['netlog', 'rail'], recordMode: 'recordContinuously', memoryDumpConfig: {} } })).toEqual({
    traceConfig: { includedCategories: ['rail'], excludedCategories: ['*'], recordMode: 'recordContinuously' },
  })
  expect(() => start({ perfettoConfig: 'CgA=' })).toThrow('perfettoConfig')
})

it('is of a page', () => {
  const { traces } = setup()
  const worker = new ClientSession('w', null, { targetId: 'w', type: 'worker', url: '' })
  expect(() => traces.assertAllowed({ id: 1, method: 'Tracing.start', params: {}, sessionId: 'w' }, worker)).toThrow('startTracing(page)')
})

it('passes what a trace tells, until the fence goes up; then it is ended, and its client told at its end', () => {
  const { traces, start, end, heard, posted } = setup()
  start()
  expect(heard('Tracing.bufferUsage')).toBe(true)
  expect(traces.cut()).toEqual([])
  expect(posted).toEqual([['Tracing.end', {}]])
  expect(heard('Tracing.dataCollected')).toBe(false)
  expect(() => start()).toThrow('still being ended')
  expect(heard('Tracing.tracingComplete', { stream: '7' })).toBe(false)
  expect(posted.slice(1)).toEqual([['IO.close', { handle: '7' }]])
  expect(() => end()).toThrow('when a human took control')
  start()
  end()
  expect(heard('Tracing.tracingComplete')).toBe(true)
  expect(traces.cut()).toEqual([])
})

it('answers who waits for a trace that was cut, which is not ended twice', () => {
  const { traces, page, start, end, heard, posted } = setup()
  start()
  end()
  expect(traces.cut()).toEqual([page])
  expect(posted).toEqual([])
  expect(heard('Tracing.dataCollected')).toBe(false)
  expect(heard('Tracing.tracingComplete')).toBe(false)
  expect(() => start()).not.toThrow()
})

it('forgets one that Chromium has not begun', () => {
  const { traces, page, start, posted } = setup()
  start()
  traces.failed(page)
  traces.cut()
  expect(posted).toEqual([])
})

it('forgets one that Chromium refuses behind the fence, too, so that the next can begin', () => {
  const { traces, page, start } = setup()
  start()
  traces.cut()
  traces.failed(page)
  expect(() => start()).not.toThrow()
})

it('takes no second one while the first runs, whose end would be forgotten with it', () => {
  const { traces, start, end, heard, posted } = setup()
  start()
  expect(() => start()).toThrow('started already')
  traces.cut()
  expect(posted).toEqual([['Tracing.end', {}]])
  heard('Tracing.tracingComplete')
  expect(() => end()).toThrow('when a human took control')
  start()
  end()
  expect(() => start()).toThrow('started already')
})
