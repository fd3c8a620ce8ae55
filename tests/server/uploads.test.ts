/** Files for the page, many at once: their bodies lie in the memory of the server. */
import { request } from 'node:http'
import type { ClientRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

test('of many uploads to one session few are read at a time; the others get their turn, and one that hangs holds up no other session', async () => {
  const [session, other] = [await server.create(), await server.create()]
  const at = (id: string) => `/v1/agent-sessions/${id}/files`
  const file = { name: 'a.txt', data_b64: 'YQ==' }
  const upload = (id: string) => server.request('POST', at(id), { body: file })
  /** Its headers have come, its body has not. */
  const hang = (): Promise<ClientRequest> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json', 'content-length': 1_000, expect: '100-continue' }
      const hanging = request(server.url + at(session.id), { method: 'POST', headers })
      hanging.on('error', reject)
      hanging.once('continue', () => {
        hanging.off('error', reject).on('error', () => undefined)
        hanging.write('{')
        resolve(hanging)
      })
      hanging.flushHeaders()
    })
  const hanging = [await hang(), await hang(), await hang()]
  const look = () => server.request('GET', `/v1/agent-sessions/${session.id}`)
  await look()
  const answers: number[] = []
  const waiting = [1, 2, 3].map(async () => answers.push((await upload(session.id)).status))
  for (let n = 0; n < 10; n++) await look()
  expect((await upload(other.id)).status).toBe(201)
  expect(answers).toEqual([])
  hanging[0]?.destroy()
  await Promise.all(waiting)
  expect(answers).toEqual([201, 201, 201])
  for (const left of hanging) left.destroy()
  expect((await upload(session.id)).status).toBe(201)
})
