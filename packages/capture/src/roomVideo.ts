/**
 * The picture as one track of a room, in one codec: an SFU takes no other within a track, so that a switch is another
 * RoomVideo beside this one (room.ts). livekit-client publishes a stand-in and publishes it again after each loss;
 * what goes out is fed into its sender here, so that the page's own track is never livekit-client's to stop or to tune.
 */
import { LocalVideoTrack, Track, type LocalTrackPublication, type Room } from 'livekit-client'
import { BROWSER_VIDEO_TRACK, type Quality } from '@tandem/protocol'
import type { CodecChoice } from './codec.ts'
import type { Measured } from './outlet.ts'
import { platform } from './platform.ts'
import { VideoSender } from './videoSender.ts'

/** livekit-client has the bandwidth estimate begin at 0.9 of it. */
const START_BPS = 4_400_000
const FRAME_RATE = 60

export type RoomCodec = 'av1' | 'vp8'

interface Size {
  width: number
  height: number
}

export interface RoomVideoParts {
  room: Room
  codec: RoomCodec
  /** Of the page's content; it outlives a switch. */
  choice: CodecChoice
  /** Has the page give its present picture once more. */
  refresh(): void
}

/** Never gives a frame, never ends. */
class StandIn extends LocalVideoTrack {
  readonly size: Size

  constructor(size: Size) {
    super(new platform.MediaStreamTrackGenerator({ kind: 'video' }), {}, true)
    this.size = size
  }

  /** It has none of its own, and livekit-client would wait a second for them. */
  override async waitForDimensions(): Promise<Size> {
    return this.size
  }
}

export class RoomVideo {
  readonly codec: RoomCodec
  readonly #parts: RoomVideoParts
  readonly #standIn: StandIn
  #sid: string | null = null
  #sending: VideoSender | null = null
  #closed = false

  constructor(parts: RoomVideoParts, size: Size) {
    this.#parts = parts
    this.codec = parts.codec
    this.#standIn = new StandIn(size)
  }

  /** As the SFU calls it; null: it is not published. */
  get sid(): string | null {
    return this.#sid
  }

  /** Resolves when the SFU has it; `published` was called by then. */
  async publish(): Promise<void> {
    await this.#parts.room.localParticipant.publishTrack(this.#standIn, {
      name: BROWSER_VIDEO_TRACK,
      source: Track.Source.ScreenShare,
      videoCodec: this.codec,
      simulcast: false,
      backupCodec: false,
      screenShareEncoding: { maxBitrate: START_BPS, maxFramerate: FRAME_RATE },
      degradationPreference: 'maintain-framerate',
    })
    if (this.#closed) await this.unpublish()
  }

  /** A publication of the room, the first or one after a loss. True: it is this one's, to be fed anew. */
  published(publication: LocalTrackPublication): boolean {
    const { sender } = this.#standIn
    if (publication.track !== this.#standIn || !sender || this.#closed) return false
    const { choice, refresh } = this.#parts
    this.#sending?.close()
    this.#sid = publication.trackSid
    this.#sending = new VideoSender({ sender, id: `room ${this.codec}`, live: () => sender.transport?.state === 'connected', refresh, choice })
    return true
  }

  feed(track: MediaStreamTrack | null, size: Size, quality: Quality): void {
    this.#sending?.feed(track, size, quality)
  }

  tune(size: Size, quality: Quality): void {
    this.#sending?.tune(size, quality)
    // A page that rests would keep the size that it has.
    void this.#sending?.resend()
  }

  async measure(codecs: string[], quality: Quality): Promise<Measured | null> {
    return (await this.#sending?.measure(codecs, quality)) ?? null
  }

  /** Newcomers have the SFU ask for a key frame; a page at rest has none to give by itself. */
  async answerKeyFrameRequests(): Promise<void> {
    await this.#sending?.answerKeyFrameRequests()
  }

  /** A picture of it is on its way. */
  async isShowing(): Promise<boolean> {
    return ((await this.#sending?.keyFrames()) ?? 0) > 0
  }

  async unpublish(): Promise<void> {
    this.#closed = true
    this.#sending?.close()
    await this.#parts.room.localParticipant.unpublishTrack(this.#standIn, false)
  }
}
