/**
 * The picture and sound of one tab, as Chromium captures it inside the process that draws it.
 * Owns one MediaStream; must not know who watches. Used by picture.ts; its sister is screencast.ts.
 */
import type { CaptureTarget } from '@tandem/protocol'
import { firstFrameOfSize } from './firstFrame.ts'
import { platform, tabConstraints } from './platform.ts'
import { stop, streamInTime } from './streamInTime.ts'

/** The display's own rate. */
const MAX_FRAME_RATE = 60

/**
 * Chromium's WebRTC sink asks a resting page for a frame this often, by itself. At its default of one a second the
 * encoder never counts as idle, and an idle screen share alone is not padded up to 100 kbit/s.
 */
const MIN_FRAME_RATE = 0.01

/** Readers of one track that wait for a frame; a page that hangs gives none. */
const MAX_REFRESHING = 4

/** Nothing can be captured of it, now or later. */
export class NoTab extends Error {}

/** What a peer can be fed from. */
export interface Source {
  readonly target: CaptureTarget
  readonly video: MediaStreamTrack
  readonly audio: MediaStreamTrack | null
  /** Makes the source deliver its present picture once more, for somebody who has none. */
  refresh(): void
  close(): void
}

/** Captures a tab by its CDP target id. `onEnded`: the tab is gone or its capture was ended from outside. */
export async function captureTab(target: CaptureTarget, onEnded: () => void): Promise<Source> {
  const targets = await platform.chrome.debugger.getTargets()
  const tabId = targets.find(({ id }) => id === target.tabId)?.tabId
  if (tabId === undefined) throw new NoTab(`there is no tab ${target.tabId} in the default browser context`)
  const size = { width: Math.round(target.width * target.scale), height: Math.round(target.height * target.scale) }
  const constraints = { ...size, maxFrameRate: target.fps ?? MAX_FRAME_RATE, minFrameRate: MIN_FRAME_RATE }
  const asked = platform.chrome.tabCapture
    .getMediaStreamId({ targetTabId: tabId })
    .then((streamId) => navigator.mediaDevices.getUserMedia(tabConstraints(streamId, constraints)))
  const stream = await streamInTime(asked)
  const [video] = stream.getVideoTracks()
  const [audio = null] = stream.getAudioTracks()
  if (!video) throw new Error('the capture has no picture')
  const clone = video.clone()
  await firstFrameOfSize(new platform.MediaStreamTrackProcessor({ track: clone }).readable.getReader(), size)
  clone.stop()
  // Meanwhile nobody heard of its end; tried again like Chromium's own refusals.
  if (video.readyState === 'ended') throw new DOMException('the capture ended as it began', 'AbortError')
  video.addEventListener('ended', onEnded)
  return {
    target,
    video,
    audio,
    refresh: refresherOf(video),
    close: () => stop(stream),
  }
}

/** A new sink on a track makes Chromium deliver a frame even when the page rests; one frame is all that each of these takes. */
function refresherOf(track: MediaStreamTrack): () => void {
  const waiting = new Set<() => void>()
  return () => {
    const [oldest] = waiting
    if (waiting.size >= MAX_REFRESHING) oldest?.()
    const clone = track.clone()
    const reader = new platform.MediaStreamTrackProcessor({ track: clone }).readable.getReader()
    const end = (): void => {
      waiting.delete(end)
      clone.stop()
      void reader.cancel()
    }
    waiting.add(end)
    void reader.read().then(({ value }) => {
      value?.close()
      end()
    }, end)
  }
}
