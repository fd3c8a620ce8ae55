/** What somebody in a LiveKit room sees of the browser, frame by frame, as brightness: 16 is black, 235 white. */
import { RoomEvent, TrackKind, VideoBufferType, VideoStream } from '@livekit/rtc-node'
import type { RemoteTrack } from '@livekit/rtc-node'
import type { RoomClient } from './roomClient.ts'

const WAIT_MS = 30_000
/** Of limited range, with what a codec makes of it. */
const BLACK_MAX = 24
const WHITE_MIN = 200

export class RoomPicture {
  /** Of the brightest pixel of each frame. */
  readonly frames: number[] = []
  readonly #waiters = new Set<() => void>()
  readonly #read = new Set<RemoteTrack>()

  constructor({ room }: RoomClient) {
    room.on(RoomEvent.TrackSubscribed, (track) => void this.#follow(track))
    for (const { trackPublications } of room.remoteParticipants.values())
      for (const { track } of trackPublications.values()) if (track) void this.#follow(track)
  }

  /** Some frame has been seen in which anything is not black. */
  get sawAnything(): boolean {
    return this.frames.some((luma) => luma > BLACK_MAX)
  }

  /** Nothing before the call counts. */
  black(): Promise<void> {
    return this.#next((luma) => luma <= BLACK_MAX)
  }

  /** Of a white page. */
  page(): Promise<void> {
    return this.#next((luma) => luma >= WHITE_MIN)
  }

  #next(fits: (luma: number) => boolean): Promise<void> {
    const from = this.frames.length
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(look)
      }
      const look = (): void => {
        if (!this.frames.slice(from).some(fits)) return
        settle()
        resolve()
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`no such frame; the latest: ${this.frames.slice(from).slice(-10).join(', ')}`))
      }, WAIT_MS)
      this.#waiters.add(look)
    })
  }

  async #follow(track: RemoteTrack): Promise<void> {
    if (track.kind !== TrackKind.KIND_VIDEO || this.#read.has(track)) return
    this.#read.add(track)
    for await (const { frame } of new VideoStream(track)) {
      const luma = frame.convert(VideoBufferType.I420).getPlane(0)
      if (!luma) continue
      this.frames.push(luma.reduce((most, one) => Math.max(most, one), 0))
      for (const wake of this.#waiters) wake()
    }
  }
}
