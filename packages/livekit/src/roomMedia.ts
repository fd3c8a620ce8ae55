/** The page's picture and sound as tracks of a room: the newest frame at a constant rate, sound from the first on. Owns both tracks. */
import {
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  TrackPublishOptions,
  TrackSource,
  type AudioFrame,
  type Room,
  type VideoSource,
} from '@livekit/rtc-node'
import type { AudioData, BrowserPage } from './browserPage.ts'
import { screencastSource } from './screencastSource.ts'

const MAX_BITRATE = 8_000_000n
const SOUND_QUEUE_MS = 100
/** Packets of 10 ms; what comes on top is dropped. */
const SOUND_WAITING = 50

export class RoomMedia {
  readonly #page: BrowserPage
  readonly #room: Room
  readonly #onAudio = (data: AudioData): void => this.#hear(data.frame)
  #video: { source: VideoSource; track: LocalVideoTrack } | null = null
  #audio: { source: AudioSource; track: LocalAudioTrack } | null = null
  #sound: AudioFrame[] = []
  #soundRuns = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(page: BrowserPage, room: Room) {
    this.#page = page
    this.#room = room
  }

  async start(): Promise<void> {
    const { width, height, framerate } = this.#page
    const source = screencastSource(width, height)
    const track = LocalVideoTrack.createVideoTrack('browser-video', source)
    this.#video = { source, track }
    this.#page.on('audio', this.#onAudio)
    await this.#participant.publishTrack(
      track,
      new TrackPublishOptions({
        source: TrackSource.SOURCE_SCREENSHARE,
        videoEncoding: { maxBitrate: MAX_BITRATE, maxFramerate: framerate },
        simulcast: false,
      }),
    )
    if (!this.#closed) this.#tick(performance.now())
  }

  /** Takes both tracks out of the room. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#page.off('audio', this.#onAudio)
    this.#sound = []
    for (const media of [this.#video, this.#audio]) {
      if (!media) continue
      // The room may have gone first, and its tracks with it.
      if (media.track.sid && this.#room.isConnected) await this.#participant.unpublishTrack(media.track.sid).catch(() => {})
      await media.track.close(false).catch(() => {})
      await media.source.close().catch(() => {})
    }
  }

  get #participant() {
    const { localParticipant } = this.#room
    if (!localParticipant) throw new Error('The room is not connected: connect it before the session starts.')
    return localParticipant
  }

  /** A page at rest is sent all the same: who joins late has a picture at once. */
  #tick(due: number): void {
    const frame = this.#page.lastFrame
    if (frame && this.#video) this.#video.source.captureFrame(frame, process.hrtime.bigint() / 1_000n)
    const next = Math.max(due + 1_000 / this.#page.framerate, performance.now())
    this.#timer = setTimeout(() => this.#tick(next), Math.max(0, next - performance.now()))
  }

  #hear(frame: AudioFrame): void {
    if (this.#sound.length >= SOUND_WAITING) return
    this.#sound.push(frame)
    if (!this.#soundRuns) void this.#play()
  }

  async #play(): Promise<void> {
    this.#soundRuns = true
    try {
      for (let frame = this.#sound.shift(); frame && !this.#closed; frame = this.#sound.shift()) {
        this.#audio ??= await this.#publishSound(frame)
        await this.#audio.source.captureFrame(frame)
      }
    } catch {
      // A room that is just reconnecting: the next sound tries again.
      this.#sound = []
    } finally {
      this.#soundRuns = false
    }
  }

  async #publishSound({ sampleRate, channels }: AudioFrame) {
    const source = new AudioSource(sampleRate, channels, SOUND_QUEUE_MS)
    const track = LocalAudioTrack.createAudioTrack('browser-audio', source)
    await this.#participant.publishTrack(track, new TrackPublishOptions({ source: TrackSource.SOURCE_SCREENSHARE_AUDIO }))
    return { source, track }
  }
}
