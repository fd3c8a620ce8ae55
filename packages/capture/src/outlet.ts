/**
 * What every way out of the capture page has in common: a peer, the shared encode, a room. main.ts works against this
 * alone, and tests/capture/outlets.test.ts puts each of them through the same tests.
 */
import type { Quality } from '@tandem/protocol'
import type { Choice, Sending } from './codec.ts'
import type { Source } from './tab.ts'

export interface Outlet {
  readonly id: string
  /** It wants frames of the page: without any such outlet nothing is captured. */
  readonly watching: boolean
  /** What it is fed from now on; null: there is no picture. The first frame of a source comes by itself, of a page at rest too. */
  setSource(source: Source | null): void
  /** Nothing goes out while paused; the picture of the moment does once it ends. */
  pause(paused: boolean): void
  /** Black from now on: not one frame of the page goes out. */
  blank(blank: boolean): void
  /** What it may take, from now on. */
  setQuality(quality: Quality): void
  /** What went out since the last call, with the codec chosen for what follows; null: nothing can be said yet. */
  measure(): Promise<Measured | null>
  /** The energy of the sound that it carried so far, in the units of `totalAudioEnergy`; null: it carries none. */
  soundEnergy(): Promise<number | null>
  /** Safe to call twice. */
  close(): void
}

/** One round of measuring one outlet. */
export interface Measured {
  sending: Sending
  choice: Choice | null
  /** The page's own rate. */
  captureFps: number
}
