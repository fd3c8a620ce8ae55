/**
 * What each live method does: one entry for each of the protocol's table, so that a method without an
 * implementation does not compile. Params met their schema and the role was checked before (`dispatch.ts`);
 * whether the viewer may drive is asked of control, by `session.drive`.
 */
import type { LIVE_METHODS, LiveMethod, LiveResult, Upload } from '@tandem/protocol'
import { TandemError } from '@tandem/protocol'
import type { z } from 'zod'
import { assertAllowed } from '../access/principal.ts'
import type { LiveContext } from './context.ts'

type Params<M extends LiveMethod> = z.output<(typeof LIVE_METHODS)[M]['params']>
type Handlers = { [M in LiveMethod]: (context: LiveContext, params: Params<M>) => LiveResult<M> | Promise<LiveResult<M>> }

export const METHODS: Handlers = {
  'viewer.ping': (_context, { clientTime }) => ({ clientTime, serverTime: Date.now() }),
  'viewer.rename': ({ session, watcher }, { name }) => {
    watcher.viewer.name = name
    session.viewerChanged()
    return {}
  },

  'media.start': async ({ session, watcher }, { transport, codecs, audio, quality, relayOnly }) => {
    const options = { codecs, audio: audio ?? true, quality: quality ?? 'auto', relayOnly: relayOnly ?? false }
    return { peerId: await session.media.start(watcher, transport, options) }
  },
  'media.quality': async ({ session, watcher }, { peerId, quality }) => {
    await session.media.quality(watcher, peerId, quality)
    return {}
  },
  'media.keyFrame': ({ session, watcher }, { peerId }) => {
    session.media.keyFrame(watcher, peerId)
    return {}
  },
  'media.answer': async ({ session, watcher }, { peerId, sdp, offerId }) => {
    await session.media.answer(watcher, peerId, sdp, offerId)
    return {}
  },
  'media.restart': async ({ session, watcher }, { peerId }) => {
    await session.media.restart(watcher, peerId)
    return {}
  },
  'media.pause': async ({ session, watcher }, { peerId, paused }) => {
    await session.media.pause(watcher, peerId, paused)
    return {}
  },
  'media.stop': ({ session, watcher }, { peerId }) => {
    session.media.stop(watcher, peerId)
    return {}
  },
  'media.quietFrame': async ({ session }, { allow }) => {
    await session.setQuietFrame(allow)
    return {}
  },

  'control.take': (context, { force }) => {
    if (force === true) assertAllowed(context.principal, 'admin')
    return context.session.control.takeover(context.party(), { force })
  },
  'control.release': ({ session, watcher }, options) => session.control.release(watcher.viewer.id, options),
  'control.request': (context) => context.session.control.request(context.party()),
  'control.withdraw': ({ session, watcher }, { requestId }) => {
    session.control.withdraw(watcher.viewer.id, requestId)
    return {}
  },
  'control.give': ({ session, watcher }, { requestId }) => session.control.give(watcher.viewer.id, requestId),
  'control.decline': ({ session, watcher }, { requestId }) => {
    session.control.decline(watcher.viewer.id, requestId)
    return {}
  },
  'control.stay': ({ session, watcher }) => {
    session.control.stay(watcher.viewer.id)
    return {}
  },

  'session.setMode': ({ session }, { mode }) => {
    session.setMode(mode)
    return {}
  },
  'session.close': ({ session }) => {
    // After the reply, which goes over a socket that closing ends.
    setImmediate(() => void session.close('closed by a viewer'))
    return {}
  },

  'tab.open': async ({ session, watcher }, { url, epoch }) => ({ tabId: await session.drive(watcher.viewer.id, epoch).openTab(url) }),
  'tab.activate': async ({ session, watcher }, { tabId, epoch }) => {
    await session.drive(watcher.viewer.id, epoch).activateTab(tabId)
    return {}
  },
  'tab.close': async ({ session, watcher }, { tabId, epoch }) => {
    await session.drive(watcher.viewer.id, epoch).closeTab(tabId)
    return {}
  },
  'page.navigate': async ({ session, watcher }, { url, epoch }) => {
    await session.steps.ofHuman(session.drive(watcher.viewer.id, epoch).navigate(url))
    return {}
  },
  'page.history': async ({ session, watcher }, { direction, epoch }) => {
    await session.steps.ofHuman(session.drive(watcher.viewer.id, epoch).history(direction))
    return {}
  },
  'dialog.answer': async ({ session, watcher }, { dialogId, accept, text, epoch }) => {
    await session.drive(watcher.viewer.id, epoch).answerDialog(dialogId, { accept, text })
    return {}
  },
  'file.choose': async ({ session, watcher }, { chooserId, fileIds, epoch }) => {
    const browser = session.drive(watcher.viewer.id, epoch)
    const files = fileIds.map((fileId): Upload => {
      const upload = session.uploads.get(fileId)
      if (!upload) throw new TandemError('file/not-found', undefined, { file_id: fileId })
      return upload
    })
    await session.steps.ofHuman(browser.answerFileChooser(chooserId, files))
    return {}
  },
  'auth.answer': async ({ session, watcher }, { promptId, credentials, epoch }) => {
    await session.drive(watcher.viewer.id, epoch).answerAuth(promptId, credentials)
    return {}
  },
  'picker.answer': async ({ session, watcher }, { pickerId, values, epoch }) => {
    await session.drive(watcher.viewer.id, epoch).answerPicker(pickerId, values)
    return {}
  },
  'clipboard.copy': async ({ session, watcher }, { cut, epoch }) => ({ text: await session.drive(watcher.viewer.id, epoch).copy(cut ?? false) }),
  'humanRequest.answer': ({ session }, { requestId, outcome, note }) => {
    session.humanRequests.answer(requestId, outcome, note ?? null)
    return {}
  },
}
