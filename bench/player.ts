/** What the viewer page offers to every row, whichever system paints into it: see viewerPage.ts and the two players. */
import type { OnFrame, Region } from './decode.ts'

/** Bytes since the player began. */
export interface Traffic {
  /** All bytes that the viewer received for the picture and its sound, with the headers of the transport's own packets. */
  received: number
  sent: number
  /** Only the video's payload, where the transport tells it apart. */
  payload: number
  /** Whatever else is worth keeping in the results: codec, jitter buffer, decode time. */
  details: Record<string, unknown>
}

export interface Player {
  /** Wall clock of the first decoded frame, ms. */
  readonly firstFrame: Promise<number>
  /** Each frame when it is decoded. Returns the stop. */
  tapDecoded(region: Region, onFrame: OnFrame): () => void
  /** Each frame when it is shown; null where the player cannot know. */
  tapShown(region: Region, onFrame: OnFrame): (() => void) | null
  traffic(): Promise<Traffic>
  close(): void
}
