/** The example as it is: a worker in a process of its own, sent to a room by a real LiveKit server. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Room, RoomEvent, type RemoteParticipant } from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freeTcpPort } from '../../packages/server/src/rooms/ports.ts'
import { startLiveKit, type LiveKit } from '../harness/livekit.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const WORKER = join(import.meta.dirname, '../../examples/livekit-agent/worker.ts')

let livekit: LiveKit
let pages: Pages
let worker: ChildProcess
const room = new Room()
const packets: { topic: string | undefined; text: string }[] = []
let log = ''

beforeAll(async () => {
  pages = await servePages({
    '/field':
      '<!doctype html><title>field</title><body style="margin:0;height:3000px"><input style="position:absolute;left:0;top:0;width:400px;height:100px" oninput="location.hash = this.value">',
  })
  livekit = await startLiveKit()
  worker = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', WORKER, 'start'], {
    env: {
      ...process.env,
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
      START_URL: `${pages.url}/field`,
      PORT: String(await freeTcpPort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [worker.stdout, worker.stderr]) stream?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)))
  await vi.waitUntil(() => log.includes('registered worker'), { timeout: 60_000 })
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: 'ada' })
  token.addGrant({ room: 'example', roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true })
  room.on(RoomEvent.DataReceived, (payload, _participant, _kind, topic) => packets.push({ topic, text: Buffer.from(payload).toString() }))
  await room.connect(livekit.url, await token.toJwt(), { autoSubscribe: true, dynacast: false })
}, 120_000)
afterAll(async () => {
  await room.disconnect()
  if (worker && worker.exitCode === null) {
    worker.kill('SIGTERM')
    await once(worker, 'exit')
  }
  await livekit?.close()
  await pages?.close()
}, 60_000)

const texts = (topic: string): string[] => packets.filter((packet) => packet.topic === topic).map(({ text }) => text)
const chat = async (text: string): Promise<void> => {
  await room.localParticipant?.publishData(Buffer.from(JSON.stringify({ text })), { reliable: true, topic: 'browser-agent-chat' })
}
const said = (): string | undefined =>
  texts('browser-agent-chat')
    .filter((text) => text.includes('"sender"'))
    .at(-1)

test('the worker is sent to the room, browses by chat, and gives the page to a person who asks for it', async () => {
  const agent = await new Promise<RemoteParticipant>((resolve) => {
    for (const participant of room.remoteParticipants.values()) if (participant.trackPublications.size > 0) resolve(participant)
    room.on(RoomEvent.TrackSubscribed, (_track, _publication, participant) => resolve(participant))
  })
  const rpc = async (method: string): Promise<string | undefined> =>
    room.localParticipant?.performRpc({ destinationIdentity: agent.identity, method, payload: '' })
  await expect.poll(() => texts('browser-focus').at(-1)).toBe('{"identity": "__agent__"}')

  await chat('click 50 50 then type hello')
  await expect.poll(said).toBe('{"text": "Done, all 2.", "sender": "agent"}')
  await expect.poll(() => texts('browser-url').at(-1)).toBe(`{"url": "${pages.url}/field#hello"}`)

  expect(await rpc('browser/request-focus')).toBe('{"granted": true}')
  const events = [
    { type: 'keydown', keyCode: 65, modifiers: 0 },
    { type: 'char', keyCode: 65, modifiers: 0, charCode: 97 },
    { type: 'keyup', keyCode: 65, modifiers: 0 },
  ]
  await room.localParticipant?.publishData(Buffer.from(JSON.stringify(events)), { reliable: true, topic: 'browser-input' })
  await expect.poll(() => texts('browser-url').at(-1)).toBe(`{"url": "${pages.url}/field#helloa"}`)

  // The one who has it hands it back by asking for something.
  await chat(`open ${pages.url}/next`)
  await expect.poll(() => texts('browser-url').at(-1)).toBe(`{"url": "${pages.url}/next"}`)
  await expect.poll(() => texts('browser-focus').at(-1)).toBe('{"identity": "__agent__"}')
  await chat('sing')
  await expect.poll(said).toContain('I do not know how to \\"sing\\"')
}, 120_000)
