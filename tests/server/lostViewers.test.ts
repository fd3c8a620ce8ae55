/** What is kept for viewers who lost their connection ends when they may not come back. A peer is counted by its place: the owner is told when one is free. */
import { PEER_VIEWERS } from '@tandem/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOST_KEPT_MS } from '../../packages/server/src/sessions/lostViewers.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

interface Link {
  id: string
  token: string
}
const claimCookie = (headers: Headers): string => headers.get('set-cookie')?.split(';')[0] ?? ''

test('no picture is kept for a viewer who lost its connection and is then revoked, kicked, or replaced', async () => {
  const session = await server.create({ initial_url: 'data:text/html,<title>Peers</title>' })
  const path = `/v1/agent-sessions/${session.id}`
  const url = (token: string): string => `${server.url.replace('http', 'ws')}${path}/live?token=${token}`
  const owner = await LiveClient.join(session.live.ws_url)
  /** All direct connections of the session are taken, by viewers of links of their own. */
  const fill = (body: object) =>
    Promise.all(
      Array.from({ length: PEER_VIEWERS }, async () => {
        const made: Link = (await server.request('POST', `${path}/viewer-tokens`, { body })).body
        const client = await LiveClient.join(url(made.token))
        await client.call('media.start', { transport: 'webrtc' })
        return { ...made, client, viewerId: client.hello.viewer.id }
      }),
    )
  const allTaken = async (viewers: { client: LiveClient }[]): Promise<void> => {
    await owner.event('media.rungs', ({ webrtc }) => webrtc !== null)
    for (const { client } of viewers) client.socket.terminate()
    await expect.poll(async () => (await server.request('GET', `${path}/viewers`)).body.data.length).toBe(1)
    expect(owner.events('media.rungs').at(-1)?.webrtc).not.toBeNull()
    owner.messages.length = 0
  }
  const free = async (): Promise<void> => {
    const since = performance.now()
    await owner.event('media.rungs', ({ webrtc }) => webrtc === null)
    // Not by the time for which a lost viewer's peer is kept.
    expect(performance.now() - since).toBeLessThan(LOST_KEPT_MS - 1_000)
  }

  const revoked = await fill({})
  await allTaken(revoked)
  for (const { id: linkId } of revoked) await server.request('DELETE', `${path}/viewer-tokens/${linkId}`)
  await free()

  const kicked = await fill({ single_use: true })
  await allTaken(kicked)
  for (const { id: linkId, viewerId } of kicked)
    expect((await server.request('DELETE', `${path}/viewers/${viewerId}`)).body.link).toMatchObject({ id: linkId, works: false })
  await free()

  // Whoever opens a link for one anew, with the proof, takes the place of the viewer before: that one's picture ends too.
  owner.messages.length = 0
  const claim = async ({ token }: Link): Promise<string> => claimCookie((await server.request('GET', path, { token })).headers)
  const links: Link[] = []
  for (let n = 0; n < PEER_VIEWERS; n++) links.push((await server.request('POST', `${path}/viewer-tokens`, { body: { single_use: true } })).body)
  const cookies = await Promise.all(links.map(claim))
  const replaced = await Promise.all(links.map(({ token }, n) => LiveClient.join(url(token), { headers: { cookie: cookies[n] ?? '' } })))
  for (const client of replaced) await client.call('media.start', { transport: 'webrtc' })
  await owner.event('media.rungs', ({ webrtc }) => webrtc !== null)
  await Promise.all(links.map(({ token }, n) => LiveClient.join(url(token), { headers: { cookie: cookies[n] ?? '' } })))
  await free()
  await server.request('DELETE', path)
})
