/**
 * The picture in one room: the track that viewers take, whether anybody takes it, and the change to another codec, for
 * which two tracks are there for a while. room.ts makes one for each time that it joins; roomVideo.ts is one track.
 */
import type { LocalTrackPublication, Room } from 'livekit-client'
import type { Quality } from '@tandem/protocol'
import type { CodecChoice } from './codec.ts'
import { log, reasonOf } from './emit.ts'
import type { Measured } from './outlet.ts'
import { RoomVideo, type RoomCodec } from './roomVideo.ts'

/** How often a page at rest is asked whether somebody waits for a picture: right after somebody came, and otherwise. */
const NEWCOMER_ROUND_MS = 100
const ROUND_MS = 500
const NEWCOMER_MS = 5_000
/** A switch makes every viewer take another track: seldom, and a page that goes to and fro ever more so. */
const MIN_STAY_MS = 20_000
const MAX_STAY_MS = 320_000
/** Both tracks are there meanwhile, so that nobody sees black. */
const HANDOVER_MS = 2_000
const SHOWING_WITHIN_MS = 6_000

const MIME_TYPES: Record<RoomCodec, string> = { av1: 'video/AV1', vp8: 'video/VP8' }

interface Size {
  width: number
  height: number
}

/** What the SFU says of a track: in which qualities it is taken. */
interface SubscribedQualityUpdate {
  trackSid: string
  subscribedCodecs: { qualities: { enabled: boolean }[] }[]
}

export interface RoomPictureParts {
  room: Room
  /** Of the page's content; it outlives a room. */
  choice: CodecChoice
  size(): Size
  /** Has the page give its present picture once more. */
  refresh(): void
  /** There is another track to feed, or it is taken by somebody now, or by nobody. */
  changed(): void
}

export class RoomPicture {
  readonly #parts: RoomPictureParts
  #codecs: readonly RoomCodec[] = []
  #video: RoomVideo | null = null
  /** The next codec's, while viewers are handed over to it. */
  #next: RoomVideo | null = null
  #switchedAt = -Infinity
  #stayMs = MIN_STAY_MS
  /** Tracks that somebody takes. */
  readonly #taken = new Set<string>()
  #round: ReturnType<typeof setTimeout> | undefined
  #cameAt = -Infinity
  #closed = false

  constructor(parts: RoomPictureParts) {
    this.#parts = parts
  }

  get isTaken(): boolean {
    return this.#videos.some(({ sid }) => sid !== null && this.#taken.has(sid))
  }

  async publish(): Promise<void> {
    this.#video = this.#make(this.#parts.choice.content === 'text' && this.#codecs.includes('av1') ? 'av1' : 'vp8')
    await this.#video.publish()
  }

  /** Those that may be published from now on, best first. */
  setCodecs(codecs: readonly RoomCodec[]): void {
    this.#codecs = codecs
    const [preferred] = codecs
    if (preferred && this.#video && !codecs.includes(this.#video.codec)) void this.#switchTo(preferred)
  }

  /** A publication of the room, the first of a track or one after a loss. */
  published(publication: LocalTrackPublication): void {
    if (this.#videos.some((video) => video.published(publication))) this.#changed()
  }

  taking({ trackSid, subscribedCodecs }: SubscribedQualityUpdate): void {
    const taken = subscribedCodecs.some(({ qualities }) => qualities.some(({ enabled }) => enabled))
    if (taken === this.#taken.has(trackSid)) return
    if (taken) this.#taken.add(trackSid)
    else this.#taken.delete(trackSid)
    this.#changed()
  }

  /** Null: there is no picture. What nobody takes is not encoded. */
  feed(track: MediaStreamTrack | null, quality: Quality): void {
    for (const video of this.#videos) video.feed(this.isTaken ? track : null, this.#parts.size(), quality)
  }

  tune(quality: Quality): void {
    for (const video of this.#videos) video.tune(this.#parts.size(), quality)
  }

  async measure(quality: Quality): Promise<Measured | null> {
    const mimeTypes = this.#codecs.map((codec) => MIME_TYPES[codec])
    const measured = await this.#video?.measure(mimeTypes, quality)
    const wanted = this.#codecs.find((codec) => MIME_TYPES[codec] === measured?.choice?.codec)
    if (wanted && performance.now() - this.#switchedAt > this.#stayMs) void this.#switchTo(wanted)
    return measured ?? null
  }

  /** Somebody came into the room, and has no picture yet. */
  expectNewcomer(): void {
    this.#cameAt = performance.now()
    clearTimeout(this.#round)
    this.#watchRequests()
  }

  /** The room is left. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#round)
    this.#video = null
    this.#next = null
  }

  get #videos(): RoomVideo[] {
    return [this.#video, this.#next].filter((video) => video !== null)
  }

  #make(codec: RoomCodec): RoomVideo {
    const { room, choice, refresh, size } = this.#parts
    return new RoomVideo({ room, codec, choice, refresh }, size())
  }

  #changed(): void {
    if (this.#closed) return
    this.expectNewcomer()
    this.#parts.changed()
  }

  #watchRequests(): void {
    if (this.#closed || !this.isTaken) return
    const wait = performance.now() - this.#cameAt < NEWCOMER_MS ? NEWCOMER_ROUND_MS : ROUND_MS
    this.#round = setTimeout(() => {
      for (const video of this.#videos) void video.answerKeyFrameRequests()
      this.#watchRequests()
    }, wait)
  }

  /** The new track before the old one goes: viewers change over when it shows. */
  async #switchTo(codec: RoomCodec): Promise<void> {
    const before = this.#video
    if (!before?.sid || this.#next || before.codec === codec) return
    const stayed = performance.now() - this.#switchedAt
    this.#stayMs = stayed > 2 * MAX_STAY_MS ? MIN_STAY_MS : Math.min(2 * this.#stayMs, MAX_STAY_MS)
    this.#switchedAt = performance.now()
    const next = this.#make(codec)
    this.#next = next
    try {
      await next.publish()
      const until = performance.now() + SHOWING_WITHIN_MS
      while (this.#next === next && performance.now() < until && !(await next.isShowing())) await pause(NEWCOMER_ROUND_MS)
      await pause(HANDOVER_MS)
      if (this.#next !== next) return
      this.#video = next
      this.#next = null
      await before.unpublish()
    } catch (error) {
      log('warn', `room: no change from ${before.codec} to ${codec}: ${reasonOf(error)}`)
      if (this.#next !== next) return
      this.#next = null
      await next.unpublish().catch(() => {})
    }
    this.#changed()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
