import { expect, test } from 'vitest'
import { nodeRegisterBodySchema } from './rooms.ts'

test.each([
  ['wss://livekit.example.com', true],
  ['ws://127.0.0.1:7880', true],
  ['https://livekit.example.com', false],
  ['wss://user:password@livekit.example.com', false],
  ['wss://user@livekit.example.com', false],
  ['livekit.example.com', false],
])('a LiveKit server at %s: %s', (ws_url, isTaken) => {
  expect(nodeRegisterBodySchema.safeParse({ node_id: 'one', livekit: { api_key: 'key', api_secret: 'secret', ws_url } }).success).toBe(isTaken)
})
