/** What a message of the server means to the parts of a view; what it changes in the snapshot is reduce.ts. */
import type { LiveEventMessage } from '@tandem/protocol'
import { writeClipboard } from './clipboard.ts'
import type { Facts } from './facts.ts'
import type { InputSending } from './input/sending.ts'
import type { Picture } from './picture.ts'
import { sentence } from './sentence.ts'

export interface Parts {
  picture: Picture
  facts: Facts
  input: InputSending
}

export function deliver(message: LiveEventMessage, { picture, facts, input }: Parts): void {
  switch (message.event) {
    case 'session.hello': {
      const { iceServers, iceTransportPolicy, rungs } = message.data
      facts.renew()
      picture.configure({ iceServers, iceTransportPolicy })
      picture.rungs.offered(rungs)
      picture.rungs.signals(true)
      break
    }
    case 'media.offer':
    case 'media.room':
    case 'media.candidate':
    case 'media.config':
    case 'media.ended':
      picture.rungs.handle(message)
      break
    case 'media.rungs':
      picture.rungs.offered(message.data)
      break
    case 'session.closed':
      facts.ended = { reason: sentence(message.data.reason) ?? 'The session is closed.', code: 'session/closed' }
      break
    case 'stream.stalled':
      facts.serverStalled = message.data.reason
      break
    case 'stream.changed':
      facts.captureFps(message.data.captureFps)
      break
    case 'clipboard.copied':
      void writeClipboard(Promise.resolve(message.data.text))
      break
    case 'input.refused':
      input.fade()
      break
    default:
  }
}
