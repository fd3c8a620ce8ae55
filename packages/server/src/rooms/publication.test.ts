import type { CaptureCommands, RoomOptions } from '@tandem/protocol'
import { expect, test, vi } from 'vitest'
import { FakeClock } from '../control/fakeClock.ts'
import { createLog } from '../log.ts'
import { Publication } from './publication.ts'
import type { LiveKitNode } from './types.ts'

test('where a room may be wanted the browser prepares for it, once it has nothing better to do', async () => {
  const prepareRoom = vi.fn(() => Promise.resolve())
  const capture = { prepareRoom } as unknown as CaptureCommands
  const clock = new FakeClock()
  const made = (node: LiveKitNode | null): Publication => {
    const options = { sessionId: 'ses_1', capture: () => capture, codecs: () => [], outset: () => ({ blank: false, audience: null }), joining: () => undefined }
    return new Publication({ ...options, node: () => node, clock, log: createLog('silent') })
  }
  const [withNode, without] = [made({ id: 'one' } as LiveKitNode), made(null)]
  withNode.captureBack()
  without.captureBack()
  expect(prepareRoom).not.toHaveBeenCalled()
  await clock.advance(1_000)
  expect(prepareRoom).toHaveBeenCalledOnce()
  // The next page knows nothing of it; one that is gone before is asked for nothing.
  withNode.captureLost()
  withNode.captureBack()
  withNode.captureLost()
  await clock.advance(1_000)
  expect(prepareRoom).toHaveBeenCalledOnce()
  for (const publication of [withNode, without]) publication.close()
})

test('a room is joined as dark as it has to be, before anything else is told to it', async () => {
  const joined: (RoomOptions | null)[] = []
  const capture = { room: (options: RoomOptions | null) => void joined.push(options) } as unknown as CaptureCommands
  const node = {
    id: 'one',
    down: null,
    directUrl: 'ws://127.0.0.1:1',
    ensureRoom: () => Promise.resolve(),
    token: () => Promise.resolve({ token: 'token', expiresAt: new Date() }),
  } as unknown as LiveKitNode
  const joining = vi.fn(() => expect(joined).toHaveLength(1))
  const publication = new Publication({
    sessionId: 'ses_1',
    node: () => node,
    capture: () => capture,
    codecs: () => ['vp8'],
    outset: () => ({ blank: true, audience: ['ann'] }),
    joining,
    clock: new FakeClock(),
    log: createLog('silent'),
  })
  publication.want(true)
  await vi.waitFor(() => expect(joining).toHaveBeenCalledOnce())
  expect(joined).toMatchObject([{ blank: true, audience: ['ann'] }])
  publication.close()
})
