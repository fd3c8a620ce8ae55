/** What is kept for viewers who lost their connection ends when they may not come back. A peer is counted by its place: the owner is told when one is free. */
import { PEER_VIEWERS } from '@tandem/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientOptions } from 'ws'
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
  interface Taken extends Link {
    client: Awaited<ReturnType<typeof LiveClient.join>>
    peerId: string
  }
  const take = async (made: Link, options?: ClientOptions): Promise<Taken> => {
    const client = await LiveClient.join(url(made.token), options)
    const { peerId } = await client.call('media.start', { transport: 'webrtc' })
    return { ...made, client, peerId }
  }
  const mint = async (body: object): Promise<Link> => (await server.request('POST', `${path}/viewer-tokens`, { body })).body
  const all = Array.from({ length: PEER_VIEWERS }, (_, n) => n)
  /** All direct connections of the session were taken, by these viewers of links of their own, and all of them are lost. */
  const lose = async (viewers: Taken[]): Promise<void> => {
    await owner.event('media.rungs', ({ webrtc }) => webrtc !== null)
    for (const { client } of viewers) client.socket.terminate()
    await expect.poll(async () => (await server.request('GET', `${path}/viewers`)).body.data.length).toBe(1)
    expect(owner.events('media.rungs').at(-1)?.webrtc).not.toBeNull()
    owner.messages.length = 0
  }
  /** A place is free, and not by the time for which a lost viewer's peer is kept: that of another one, lost as long ago, is there still. */
  const freed = async ({ client, token, peerId }: Taken, options?: ClientOptions): Promise<void> => {
    await owner.event('media.rungs', ({ webrtc }) => webrtc === null)
    const back = await LiveClient.join(`${url(token)}&resume=${client.hello.resumeToken}`, options)
    await back.call('media.restart', { peerId })
    await back.close()
    owner.messages.length = 0
  }

  const [kept, ...revoked] = await Promise.all(all.map(async () => take(await mint({}))))
  if (!kept) throw new Error('no viewer')
  await lose([kept, ...revoked])
  for (const { id: linkId } of revoked) await server.request('DELETE', `${path}/viewer-tokens/${linkId}`)
  await freed(kept)

  const [stays, ...kicked] = await Promise.all(all.map(async () => take(await mint({ single_use: true }))))
  if (!stays) throw new Error('no viewer')
  await lose([stays, ...kicked])
  for (const { id: linkId, client } of kicked)
    expect((await server.request('DELETE', `${path}/viewers/${client.hello.viewer.id}`)).body.link).toMatchObject({ id: linkId, works: false })
  await freed(stays)

  // Whoever opens a link for one anew, with the proof, takes the place of the viewer before: that one's picture ends too.
  const proven = async (made: Link): Promise<Taken & { options: ClientOptions }> => {
    const options = { headers: { cookie: claimCookie((await server.request('GET', path, { token: made.token })).headers) } }
    return { ...(await take(made, options)), options }
  }
  const [remains, ...replaced] = await Promise.all(all.map(async () => proven(await mint({ single_use: true }))))
  if (!remains) throw new Error('no viewer')
  await lose([remains, ...replaced])
  for (const { token, options } of replaced) await LiveClient.join(url(token), options)
  await freed(remains, remains.options)
  await server.request('DELETE', path)
})
