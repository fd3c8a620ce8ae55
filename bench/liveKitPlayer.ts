/** Plays a room with LiveKit's own client, as any page that gets join info does. Knows nothing of Tandem. */
import { Room, RoomEvent, Track } from 'livekit-client'
import { tapShown, tapTrack, wallClock, type OnFrame, type Region } from './decode.ts'
import type { Player, Traffic } from './player.ts'

const ANYWHERE: Region = { x: 0, y: 0, width: 2, height: 2 }

export class LiveKitPlayer implements Player {
  readonly firstFrame: Promise<number>
  readonly #room = new Room({ adaptiveStream: false, dynacast: false })
  readonly #video = document.createElement('video')
  #receiver: RTCRtpReceiver | undefined

  constructor(wsUrl: string, token: string, host: HTMLElement) {
    host.append(this.#video)
    this.firstFrame = new Promise((resolve, reject) => {
      this.#room.on(RoomEvent.TrackSubscribed, (track) => {
        if (track.kind !== Track.Kind.Video) return
        track.attach(this.#video)
        this.#receiver = track.receiver
        // What our own client does: a frame is shown when it comes.
        if (track.receiver) track.receiver.jitterBufferTarget = 0
        const stop = tapTrack(track.mediaStreamTrack, ANYWHERE, () => {
          stop()
          resolve(wallClock())
        })
      })
      this.#room.connect(wsUrl, token).catch(reject)
    })
  }

  tapDecoded(region: Region, onFrame: OnFrame): () => void {
    if (!this.#receiver) throw new Error('No video track yet.')
    return tapTrack(this.#receiver.track, region, onFrame)
  }

  tapShown(region: Region, onFrame: OnFrame): () => void {
    return tapShown(this.#video, region, onFrame)
  }

  async traffic(): Promise<Traffic> {
    const traffic: Traffic = { received: 0, sent: 0, payload: 0, details: {} }
    // The statistics report is a map of dictionaries whose members depend on their type.
    const reports: ReadonlyMap<string, Record<string, unknown>> = new Map(await this.#receiver?.getStats())
    for (const { type, bytesReceived, bytesSent, framesDecoded } of reports.values()) {
      if (type === 'transport') Object.assign(traffic, { received: Number(bytesReceived), sent: Number(bytesSent) })
      if (type === 'inbound-rtp') Object.assign(traffic, { payload: Number(bytesReceived), details: { framesDecoded } })
    }
    return traffic
  }

  close(): void {
    void this.#room.disconnect()
    this.#video.remove()
  }
}
