/** The page's sound as a track of a room; a stand-in is published, as roomVideo.ts has it, and its sender is fed. */
import { LocalAudioTrack, Track, type LocalTrackPublication, type Room } from 'livekit-client'
import { BROWSER_AUDIO_TRACK } from '@tandem/protocol'
import { log, reasonOf } from './emit.ts'
import { platform } from './platform.ts'

/** Stereo music is clear at this rate. */
const MAX_BPS = 96_000

export class RoomSound {
  readonly #room: Room
  readonly #standIn = new LocalAudioTrack(new platform.MediaStreamTrackGenerator({ kind: 'audio' }), {}, true)

  constructor(room: Room) {
    this.#room = room
  }

  async publish(): Promise<void> {
    await this.#room.localParticipant.publishTrack(this.#standIn, {
      name: BROWSER_AUDIO_TRACK,
      source: Track.Source.ScreenShareAudio,
      audioPreset: { maxBitrate: MAX_BPS },
      forceStereo: true,
      // Silence then costs next to nothing; red would send everything twice.
      dtx: true,
      red: false,
    })
  }

  /** A publication of the room. True: it is this one's, to be fed anew. */
  published(publication: LocalTrackPublication): boolean {
    return publication.track === this.#standIn
  }

  feed(track: MediaStreamTrack | null): void {
    this.#standIn.sender?.replaceTrack(track).catch((error: unknown) => log('warn', `room, sound: ${reasonOf(error)}`))
  }

  /** In the units of `totalAudioEnergy`; null: nothing was sent yet. */
  async energy(): Promise<number | null> {
    const reports = await this.#standIn.sender?.getStats()
    return [...(reports?.values() ?? [])].find(({ type, kind }) => type === 'media-source' && kind === 'audio')?.totalAudioEnergy ?? null
  }

  async unpublish(): Promise<void> {
    await this.#room.localParticipant.unpublishTrack(this.#standIn, false)
  }
}
