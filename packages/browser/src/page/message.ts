/** What a frame says to Node while a human drives, and how it is told to stop: the two sides of watchPage.ts and watch.ts. */
import type { Picker } from '@tandem/protocol'

export const SAY_BINDING = 'tandemSay'

export type PageMessage =
  | { type: 'cursor'; cursor: string }
  | { type: 'secret'; frame: string; on: boolean }
  /** This element may be the host of a closed shadow root: Node looks, and hands the root over. */
  | { type: 'host'; key: number }
  | { type: 'pointerLock'; on: boolean }
  /** Fingers have made the page larger or smaller in the picture: `visualViewport.scale`. */
  | { type: 'scaled'; scale: number }
  /** Ctrl and wheel, of which the page itself makes nothing. */
  | { type: 'zoom'; deltaY: number }
  | { type: 'picker'; key: number; at: Point | null; picker: Omit<Picker, 'id' | 'tabId'> }
  | { type: 'pickerGone'; key: number }

export type Say = (message: PageMessage) => void

/** CSS pixels of the frame. */
export interface Point {
  x: number
  y: number
}

/** The watcher's handle in the isolated world, `globalThis.tandem`. */
export interface PageWatcher {
  start(): void
  stop(): void
  /** Says again whether a secret field has the focus. */
  report(): void
  /** Lets go of the pointer, if this frame has locked it. */
  freePointer(): void
  /** Sets a picker's value, as the page would see it from a user; null leaves it. */
  answer(key: number, values: string[] | null): void
  /** Ctrl and wheel zoom from now on, or scroll as they would. */
  zoom(on: boolean): void
  /** The element of a message `host`; null when it is gone. */
  host(key: number): Element | null
  /** The closed root of this element; null: it has none. */
  enter(key: number, root: ShadowRoot | null): void
}
