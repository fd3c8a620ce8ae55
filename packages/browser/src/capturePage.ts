/**
 * The hidden extension page that captures and sends the picture, seen from Node: opens it, carries commands in
 * (a call of a method of `globalThis.tandem`) and messages out (the CDP binding `tandemEmit`). Packets come by `media`.
 * Knows nothing of tabs, viewers or control. The other side is packages/capture; the contract protocol/src/capture.ts.
 */
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import { TandemError, type CaptureMessage, type CapturePageCommands } from '@tandem/protocol'
import { CAPTURE_EXTENSION_ID } from './captureFlags.ts'
import type { CdpSession, Connection, Protocol } from './connection.ts'
import { MediaSocket } from './mediaSocket.ts'

const READY_TIMEOUT_MS = 10_000
const BINDING = 'tandemEmit'

/** The built extension (`packages/capture/build.ts`). */
export function captureExtensionDir(): string {
  return fileURLToPath(new URL('../../capture/dist/extension', import.meta.url))
}

export class CapturePage {
  readonly targetId: string
  readonly commands: CapturePageCommands
  /** Its packets. */
  readonly media: MediaSocket
  /** `lost` comes once, with a sentence, when the page is gone without `close`. */
  readonly events = new EventEmitter<{ message: [CaptureMessage]; lost: [string] }>()
  readonly #session: CdpSession
  #tandem: string | undefined
  #gone: string | undefined

  private constructor(session: CdpSession, targetId: string, media: MediaSocket) {
    this.#session = session
    this.media = media
    this.targetId = targetId
    this.commands = {
      show: (params) => this.#call('show', params),
      frame: (params) => this.#post('frame', params),
      expect: (params) => this.#call('expect', params),
      connect: (params) => this.#call('connect', params),
      answer: (params) => this.#call('answer', params),
      candidate: (params) => this.#call('candidate', params),
      restart: (params) => this.#call('restart', params),
      pause: (params) => this.#call('pause', params),
      blank: (params) => this.#call('blank', params),
      disconnect: (params) => this.#call('disconnect', params),
      quietFrame: (params) => this.#call('quietFrame', params),
      quality: (params) => this.#call('quality', params),
      encode: (params) => this.#call('encode', params),
      raw: (params) => this.#call('raw', params),
      keyFrame: () => this.#call('keyFrame', undefined),
      prepareRoom: () => this.#call('prepareRoom', undefined),
      room: (params) => this.#call('room', params),
      roomSend: (params) => this.#call('roomSend', params),
      roomAudience: (params) => this.#call('roomAudience', params),
      carry: (params) => this.#call('carry', params),
      shrink: (params) => this.#post('shrink', params),
      ping: () => this.#call<{ peers: number }>('ping', undefined),
    }
    session.on('Runtime.bindingCalled', ({ name, payload }) => {
      // Our own page alone has this binding; its messages are those of the contract.
      if (name === BINDING) this.events.emit('message', JSON.parse(payload) as CaptureMessage)
    })
    session.on('Inspector.targetCrashed', () => this.#lose('the capture page crashed'))
    session.onDetached(() => this.#lose('the capture page was closed'))
    media.events.on('closed', () => this.#lose('the capture page closed its media socket'))
  }

  /** Loads the extension (again, if need be), opens its page as a hidden target and waits until it takes commands. Throws `media/unavailable`. */
  static async open(connection: Connection, extensionDir: string): Promise<CapturePage> {
    const media = await MediaSocket.listen()
    let targetId: string | undefined
    try {
      const { id } = await connection.root.send('Extensions.loadUnpacked', { path: extensionDir })
      if (id !== CAPTURE_EXTENSION_ID) throw new TandemError('media/unavailable', `The extension at ${extensionDir} is not the capture extension.`)
      // A hidden target is no tab: neither the window's tab strip nor a client that lists pages shows it.
      const url = `chrome-extension://${id}/capture.html`
      targetId = (await connection.root.send('Target.createTarget', { url, hidden: true })).targetId
      const page = new CapturePage(await connection.attach(targetId), targetId, media)
      await page.#start()
      return page
    } catch (error) {
      media.close()
      if (targetId !== undefined) await connection.root.send('Target.closeTarget', { targetId }).catch(() => {})
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#gone !== undefined) return
    this.#gone = 'the capture page was closed'
    this.media.close()
    await this.#session.connection.root.send('Target.closeTarget', { targetId: this.targetId }).catch(() => {})
  }

  async #start(): Promise<void> {
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    const onMessage = (message: CaptureMessage): void => {
      if (message.type === 'ready') resolve()
    }
    this.events.on('message', onMessage)
    const onLost = (reason: string): void => reject(unavailable(reason))
    this.events.on('lost', onLost)
    // Not awaited when the page was there already.
    ready.catch(() => {})
    const timer = setTimeout(() => reject(unavailable(`the capture page did not start within ${READY_TIMEOUT_MS} ms`)), READY_TIMEOUT_MS)
    try {
      // Enabled first: only then is the binding put into the context of a page that loads later.
      await Promise.all([
        this.#session.send('Runtime.enable'),
        this.#session.send('Runtime.addBinding', { name: BINDING }),
        this.#session.send('Inspector.enable'),
      ])
      // The script may have run before the binding was there: then its `ready` was lost, but `tandem` is here.
      const { result } = await this.#session.send('Runtime.evaluate', { expression: 'globalThis.tandem' })
      if (result.objectId === undefined) await ready
      const { result: tandem } = result.objectId === undefined ? await this.#session.send('Runtime.evaluate', { expression: 'globalThis.tandem' }) : { result }
      this.#tandem = tandem.objectId
      await this.commands.carry({ url: this.media.url })
    } finally {
      clearTimeout(timer)
      this.events.off('message', onMessage)
      this.events.off('lost', onLost)
    }
  }

  async #call<Result = void>(name: keyof CapturePageCommands, params: unknown): Promise<Result> {
    if (this.#gone !== undefined) throw unavailable(this.#gone)
    const call = { ...this.#request(name, params), awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await this.#session.send('Runtime.callFunctionOn', call).catch((error: unknown): never => {
      throw unavailable(this.#gone ?? (error instanceof Error ? error.message : String(error)))
    })
    if (exceptionDetails) throw pageError(exceptionDetails)
    // The page answers with what the contract says.
    return result.value as Result
  }

  #post(name: keyof CapturePageCommands, params: unknown): void {
    if (this.#gone === undefined) this.#session.post('Runtime.callFunctionOn', this.#request(name, params))
  }

  #request(name: keyof CapturePageCommands, params: unknown): Protocol.Runtime.CallFunctionOnRequest {
    const functionDeclaration = 'function (name, params) { return this[name](params) }'
    return { objectId: this.#tandem, functionDeclaration, arguments: [{ value: name }, { value: params }] }
  }

  #lose(reason: string): void {
    if (this.#gone !== undefined) return
    this.#gone = reason
    this.media.close()
    // A crashed page stays as a target until it is closed.
    this.#session.connection.root.post('Target.closeTarget', { targetId: this.targetId })
    this.events.emit('lost', reason)
  }
}

/** An error thrown in the page: a text that begins with one of our codes keeps it. */
function pageError({ exception, text }: Protocol.Runtime.ExceptionDetails): TandemError {
  const message = (exception?.description ?? text).split('\n')[0]?.replace(/^\w*Error: /, '') ?? text
  return message.startsWith('media/no-peer') ? new TandemError('media/no-peer') : unavailable(message)
}

function unavailable(reason: string): TandemError {
  return new TandemError('media/unavailable', `No live picture can be made at the moment: ${reason}.`)
}
