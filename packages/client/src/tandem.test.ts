import { isTandemError, TandemError, toProblem } from '@tandem/protocol'
import { expect, test, vi } from 'vitest'
import type { Fetch } from './rest.ts'
import { Tandem } from './tandem.ts'

const SECRET = 'tandem_key_secret'
interface Seen {
  url: string
  init: RequestInit
}
function client(answer: (seen: Seen) => Response | Promise<Response>): { tandem: Tandem; seen: Seen[] } {
  const seen: Seen[] = []
  const fetch: Fetch = async (url, init = {}) => {
    seen.push({ url, init })
    return answer({ url, init })
  }
  return { tandem: new Tandem({ baseUrl: 'http://h:1/', apiKey: SECRET, fetch }), seen }
}

test('a call is one request with the credential in its header, never in the address', async () => {
  const { tandem, seen } = client(() => Response.json({ data: [], has_more: false, next_cursor: null }))
  await tandem.sessions.list({ status: 'all', limit: 5 })
  expect(seen[0]?.url).toBe('http://h:1/v1/agent-sessions?status=all&limit=5')
  expect(seen[0]?.init).toMatchObject({ method: 'GET', headers: { authorization: `Bearer ${SECRET}` } })
})

test('problem details come back as the error that they were made from', async () => {
  const problem = toProblem(new TandemError('control/conflict', 'Another viewer was faster.', { winner_client_id: 'v2' }))
  const { tandem } = client(() => Response.json(problem, { status: 409 }))
  const error: unknown = await tandem.sessions.takeover('agt_1', { client_id: 'me' }).catch((caught: unknown) => caught)
  expect(isTandemError(error)).toBe(true)
  expect(error).toMatchObject({ code: 'control/conflict', message: 'Another viewer was faster.', details: { winner_client_id: 'v2' }, retry: true })
})

test('an answer that is no problem of ours still is a TandemError with the status', async () => {
  const { tandem } = client(() => new Response('<html>Bad gateway</html>', { status: 502, statusText: 'Bad Gateway' }))
  await expect(tandem.sessions.get('agt_1')).rejects.toMatchObject({ code: 'server/internal', message: 'The server answered 502 Bad Gateway' })
})

test('a server that cannot be reached is said so, and the credential is nowhere in the error', async () => {
  const { tandem } = client(() => Promise.reject(new TypeError('fetch failed')))
  const error: unknown = await tandem.sessions.get('agt_1').catch((caught: unknown) => caught)
  expect(error).toMatchObject({ message: expect.stringContaining('http://h:1 cannot be reached') })
  expect(JSON.stringify(error) + String(error) + JSON.stringify(tandem)).not.toContain(SECRET)
})

test('an abort rejects with its own reason', async () => {
  const { tandem } = client(({ init }) => new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason))))
  const abort = new AbortController()
  const call = tandem.sessions.get('agt_1', { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

test('waiting for the handback ends when the agent may drive again, with outcome and note', async () => {
  vi.useFakeTimers()
  const last_handback = { outcome: 'done', note: 'logged in', client_id: 'v1', reason: 'released', at: '2026-01-01T00:00:00.000Z' }
  const states = ['human-driving', 'handback-pending', 'ai-driving']
  const { tandem, seen } = client(() => {
    const state = states.shift() ?? 'ai-driving'
    const driver = state === 'ai-driving' ? { kind: 'agent' } : { kind: 'human', client_id: 'v1', name: 'Ada' }
    return Response.json({ status: 'active', control: { state, driver, last_handback } })
  })
  const waiting = tandem.sessions.waitForHandback('agt_1')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await waiting).toMatchObject({ outcome: 'done', note: 'logged in' })
  expect(seen).toHaveLength(3)
  vi.useRealTimers()
})

test('waiting ends with session/closed when the session ends instead', async () => {
  const { tandem } = client(() => Response.json({ status: 'closed', closed_reason: 'closed by its owner', control: {} }))
  await expect(tandem.sessions.waitForHandback('agt_1')).rejects.toMatchObject({ code: 'session/closed' })
})
