/**
 * What a live browser offers to the server, and what it tells. The server programs against this
 * contract alone; `browser.ts` implements it.
 */
import type { EventEmitter } from 'node:events'
import type {
  AuthPrompt,
  CaptureCommands,
  CaptureMessage,
  Dialog,
  Download,
  FileChooser,
  InputEvent,
  MediaConfig,
  MediaKind,
  PageLayout,
  PageState,
  Picker,
  Quality,
  RawRect,
  RawSound,
  Tab,
  Upload,
  Viewport,
} from '@tandem/protocol'
import type { Connection } from './connection.ts'
import type { Downloads } from './downloads.ts'
import type { ClientScreen } from './layout.ts'
import type { ScreenshotOptions } from './screenshot.ts'
import type { UploadedFile } from './uploads.ts'

export interface LaunchOptions {
  /** Path of Chromium; absent: found by `findChromium`. */
  executablePath?: string
  /** Folder of the profile; made when absent on disk, removed by `close` when `keepProfile` is not set. */
  profileDir: string
  keepProfile?: boolean
  /** How long Chromium may take at its end to write the profile, ms; absent: as long as a close within 2 s allows. */
  politeCloseMs?: number
  viewport: Viewport
  /** At most so many frames a second are captured; absent: as many as the display shows, 60. */
  captureFps?: number
  /** Schemes that tabs may open beside http, https, data, blob, about:blank. */
  allowedSchemes?: readonly string[]
  /** Folder for downloads and uploads of this session. */
  filesDir: string
  /** Told once, at the launch, of what an operator should know (running as root without the sandbox). */
  warn?: (message: string) => void
}

export interface BrowserEvents {
  /** The list of tabs, one of its tabs, or the active tab changed. */
  tabs: [{ tabs: Tab[]; activeTabId: string | null }]
  page: [PageState]
  /** The shown page is laid out otherwise, or another one is shown: `viewport` has changed. */
  layout: [PageLayout]
  /** CSS cursor under the human's pointer. */
  cursor: [string]
  /** The shown page has locked the human's pointer, or has it no more. */
  pointerLock: [boolean]
  dialogOpened: [Dialog]
  dialogClosed: [{ id: string }]
  fileChooserOpened: [FileChooser]
  fileChooserClosed: [{ id: string }]
  authRequested: [AuthPrompt]
  authClosed: [{ id: string }]
  pickerOpened: [Picker]
  pickerClosed: [{ id: string }]
  download: [Download]
  /** The page put text on the clipboard. */
  copied: [{ text: string }]
  /** A password field has the focus (or no longer). */
  secretFocus: [boolean]
  capture: [CaptureMessage]
  /** A packet of the shared encode or of the JPEG screencast, in its wire form (protocol/src/media.ts): handed on as it is, to every viewer. */
  media: [MediaMessage]
  /** How packets with this config number are decoded; comes before the first of them. */
  mediaConfig: [MediaConfig]
  /** The picture with what changed of it, after `capture.raw`. */
  rawFrame: [RawFrame]
  /** Its sound, some 10 ms at a time while something is heard, after `capture.raw`. */
  pcm: [RawSound]
  /** A small JPEG of the picture, drawn from the frames that are encoded anyway; every few seconds while somebody watches. */
  thumbnail: [Thumbnail]
  /** A tab's renderer died; `recovered` says that it was reloaded. */
  tabCrashed: [{ tabId: string; recovered: boolean }]
  /** A tab was closed as it opened: there are as many as may be. Told once until there is room again. */
  tabRefused: [{ limit: number }]
  /** The capture page died and was made anew (peers are gone) or could not be. */
  captureLost: [{ recovered: boolean; reason: string }]
  /** Chromium is gone without being asked. Nothing else comes after it. */
  crashed: [{ reason: string }]
}

export interface MediaMessage {
  kind: MediaKind
  keyFrame: boolean
  config: number
  /** Header and payload: one WebSocket message. */
  bytes: Buffer
}

/** The whole picture as it is now, I420. */
export interface RawFrame {
  width: number
  height: number
  /** Y, U and V, each row after row without padding. One buffer for all frames of a size: what is kept must be copied. */
  data: Uint8Array<ArrayBuffer>
  /** What changed since the frame before, pixels. */
  dirtyRects: RawRect[]
  /** ms since the epoch, when the page drew it. */
  at: number
}

export interface Thumbnail {
  jpeg: Buffer
  /** ms since the epoch, when the page drew it. */
  at: number
}

/** Which pages do not answer, named by the target of the page or of its tab. */
export interface PageStalls {
  /** Asks all pages; resolves when each has answered or is known to be stalled. */
  settled(): Promise<void>
  has(targetId: string): boolean
  /** Resolves when the page answers; at once when there is no such page. */
  over(targetId: string): Promise<void>
}

export interface LiveBrowser {
  readonly events: EventEmitter<BrowserEvents>
  /** For the gateway: the connection, and the targets and contexts that clients must not see. */
  readonly connection: Connection
  isHiddenTarget(targetId: string): boolean
  readonly pid: number
  readonly version: string
  /** How the shown page is laid out: input is given in these pixels, and the picture has their proportions. */
  readonly viewport: PageLayout
  /** A point that a CDP client gave for its input, in the picture. */
  inPicture(tabId: string, point: { x: number; y: number }): { x: number; y: number }
  /** What CDP clients have set of this page's screen; null: it is the session's own again, also where Chromium has dropped both. */
  setClientScreen(tabId: string, screen: ClientScreen | null): void
  /** A CDP client is gone. Chromium ends what it had set for everybody: touch and focus are set again. */
  clientEnded(): void
  tabs(): Tab[]
  /** There are as many tabs as may be. */
  readonly isFull: boolean
  readonly activeTabId: string | null
  /** The shown page has locked the human's pointer. */
  readonly pointerLocked: boolean
  pageState(): PageState
  readonly stalls: PageStalls
  openTab(url?: string): Promise<string>
  /** Shows a tab: the capture follows. */
  activateTab(tabId: string): Promise<void>
  closeTab(tabId: string): Promise<void>
  /** Resolves when the navigation is committed; rejects with browser/url-refused or browser/navigation-failed. */
  navigate(url: string): Promise<void>
  history(direction: 'back' | 'forward' | 'reload' | 'stop'): Promise<void>
  /** Human input, in order, never awaited; invalid states are ignored, releases always go through. */
  input(events: readonly InputEvent[]): void
  /** Lets go of every key, button, finger and composition that the human holds. Resolves when the pages have been told; null: nothing was held. */
  releaseInput(): Promise<void> | null
  /** Before the agent drives: the same, and what a human pasted is taken from the clipboard. Resolves when that is done; null: nothing was left. */
  leaveTurn(): Promise<void> | null
  /** While a human drives: cursor shape, pickers and secret focus are watched, dialogs and choosers are intercepted for viewers. While the agent drives alone they are its own. One tab has the focus then, unless agents work beside. */
  setHumanDriving(driving: boolean, besideAgent?: boolean): Promise<void>
  /** Says whether an agent is told of the dialogs of a tab. While it drives those are its own; one that none hears of is told to viewers, and closed after a while. */
  setDialogAudience(isHeard: (tabId: string) => boolean): void
  answerDialog(id: string, answer: { accept: boolean; text?: string }): Promise<void>
  answerFileChooser(id: string, files: readonly Upload[]): Promise<void>
  answerAuth(id: string, credentials: { username: string; password: string } | null): Promise<void>
  answerPicker(id: string, values: readonly string[] | null): Promise<void>
  /** Passkeys that a tab's pages ask for are refused at once, or are for an agent's virtual authenticators to answer. Nothing happens where there is no such tab. */
  setPasskeys(tabId: string, whose: 'ours' | 'agents'): void
  pending(): { dialogs: Dialog[]; fileChoosers: FileChooser[]; authPrompts: AuthPrompt[]; pickers: Picker[] }
  /** The selection's text; `cut` also removes it. */
  copy(cut: boolean): Promise<string>
  /**
   * For a screenshot, of any session: until the answer is called a tab draws though nobody sees it, and what a human does in it waits,
   * because Chromium counts pointers and fingers by the scale of the screenshot.
   */
  keepDrawing(tabId: string): () => void
  /** PNG or JPEG of the active tab. */
  screenshot(options?: ScreenshotOptions): Promise<Buffer>
  /** Has a small picture of the active tab made though nobody watches; it comes as `thumbnail`. */
  drawThumbnail(): Promise<void>
  saveUpload(file: UploadedFile): Promise<Upload>
  downloads(): Download[]
  /** For the gateway, which hands each of its clients the files that it asked for. */
  readonly downloadSource: Downloads
  /** Path of a completed download; throws file/not-found. */
  downloadPath(id: string): string
  /** Commands to the capture page; they reject with media/unavailable while it is being made. */
  readonly capture: CaptureCommands
  /** The JPEG screencast of the shown tab on or off: packets come as `media`. It needs no capture page. */
  setScreencast(options: { quality: Quality } | null): Promise<void>
  /** Makes a browser that was started in advance the one that a session wants. Only before its first page is opened. */
  adopt(options: { viewport: Viewport; filesDir: string }): Promise<void>
  /** Ends Chromium and all its processes within 2 s; safe to call twice. */
  close(): Promise<void>
}
