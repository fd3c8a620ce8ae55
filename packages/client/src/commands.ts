/**
 * What a viewer may ask of a session, one method each: control, tabs and pages, the page's own questions. Thin over
 * the live socket's methods; the epoch of now goes with whatever only the driver may do. LiveView inherits it.
 */
import { TandemError } from '@tandem/protocol'
import type { ControlInfo, HandbackOutcome, LiveMethod, LiveParams, LiveResult, Upload } from '@tandem/protocol'
import type { Rest } from './rest.ts'
import type { LiveSnapshot } from './types.ts'

const UPLOADS_AT_ONCE = 8

export abstract class Commands {
  abstract get snapshot(): LiveSnapshot

  /** Calls a method of the live socket; rejects with a TandemError. */
  abstract call<M extends LiveMethod>(method: M, params: LiveParams<M>): Promise<LiveResult<M>>

  /** Control changed by an answer: the event may come before or after it. */
  protected abstract controlled(control: ControlInfo): void

  /** Lets go of all keys, buttons and fingers. */
  protected abstract releaseInput(): void

  protected abstract rest(): Rest

  /** Takes the wheel; `force` is for admins. Rejects with control/conflict or control/not-holder when somebody else has it. */
  async takeControl(force = false): Promise<void> {
    this.controlled(await this.call('control.take', force ? { force } : {}))
  }

  async handBack(outcome: HandbackOutcome = 'done', note?: string): Promise<void> {
    this.releaseInput()
    this.controlled(await this.call('control.release', note === undefined ? { outcome } : { outcome, note }))
  }

  /** Asks the holder; the answer comes as `control.requestClosed`. */
  async requestControl(): Promise<void> {
    await this.call('control.request', {})
  }

  async withdrawRequest(requestId: string): Promise<void> {
    await this.call('control.withdraw', { requestId })
  }

  async giveControl(requestId: string): Promise<void> {
    this.controlled(await this.call('control.give', { requestId }))
  }

  async declineControl(requestId: string): Promise<void> {
    await this.call('control.decline', { requestId })
  }

  /** Copies (or cuts) the page's selection and resolves with its text; the viewer's clipboard is the caller's. */
  async copy(cut = false): Promise<string> {
    const { text } = await this.call('clipboard.copy', { cut, epoch: this.#epoch })
    return text
  }

  async navigate(url: string): Promise<void> {
    await this.call('page.navigate', { url, epoch: this.#epoch })
  }

  async history(direction: 'back' | 'forward' | 'reload' | 'stop'): Promise<void> {
    await this.call('page.history', { direction, epoch: this.#epoch })
  }

  async openTab(url?: string): Promise<string> {
    const { tabId } = await this.call('tab.open', url === undefined ? { epoch: this.#epoch } : { url, epoch: this.#epoch })
    return tabId
  }

  async activateTab(tabId: string): Promise<void> {
    await this.call('tab.activate', { tabId, epoch: this.#epoch })
  }

  async closeTab(tabId: string): Promise<void> {
    await this.call('tab.close', { tabId, epoch: this.#epoch })
  }

  async answerDialog(dialogId: string, accept: boolean, text?: string): Promise<void> {
    await this.call('dialog.answer', { dialogId, accept, ...(text === undefined ? {} : { text }), epoch: this.#epoch })
  }

  /** Uploads the files to the session and gives them to the page; null cancels. */
  async chooseFiles(chooserId: string, files: readonly File[] | null): Promise<void> {
    const rest = this.rest()
    const uploads: Upload[] = []
    // A few at once: a folder may have hundreds, and each is in memory while it is sent.
    for (let at = 0; files && at < files.length; at += UPLOADS_AT_ONCE) {
      uploads.push(...(await Promise.all(files.slice(at, at + UPLOADS_AT_ONCE).map((file) => rest.upload(file)))))
    }
    await this.call('file.choose', { chooserId, fileIds: uploads.map((upload) => upload.id), epoch: this.#epoch })
  }

  async answerAuth(promptId: string, credentials: { username: string; password: string } | null): Promise<void> {
    await this.call('auth.answer', { promptId, credentials, epoch: this.#epoch })
  }

  async answerPicker(pickerId: string, values: readonly string[] | null): Promise<void> {
    await this.call('picker.answer', { pickerId, values: values === null ? null : [...values], epoch: this.#epoch })
  }

  async answerHumanRequest(requestId: string, outcome: HandbackOutcome, note?: string): Promise<void> {
    await this.call('humanRequest.answer', note === undefined ? { requestId, outcome } : { requestId, outcome, note })
  }

  async setQuietFrame(allow: boolean): Promise<void> {
    await this.call('media.quietFrame', { allow })
  }

  async rename(name: string): Promise<void> {
    await this.call('viewer.rename', { name })
  }

  /** The page as it is now, fetched by itself: for whoever wants single pictures while the live one is off. */
  async screenshot({ format, quality, signal }: { format?: 'png' | 'jpeg'; quality?: number; signal?: AbortSignal } = {}): Promise<Blob> {
    const response = await this.rest().send('GET', '/screenshot', { query: { format, quality }, ...(signal ? { signal } : {}) })
    return response.blob()
  }

  get #epoch(): number {
    const { control } = this.snapshot
    if (!control) throw new TandemError('server/overloaded', 'There is no connection to the session yet.')
    return control.epoch
  }
}
