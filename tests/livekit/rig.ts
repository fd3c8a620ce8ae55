/**
 * A page of `@tandem/livekit` in a room of a real LiveKit server, and viewers of it: rtc-node, as another program has it.
 * What viewers hear is kept from their first moment on, so that a test may ask for it later.
 */
import { randomUUID } from 'node:crypto'
import { Room, RoomEvent, TrackKind, VideoStream, type RemoteTrack, type VideoFrame } from '@livekit/rtc-node'
import { BrowserContext, BrowserSession, type BrowserPage, type NewPageOptions } from '@tandem/livekit'
import { AccessToken } from 'livekit-server-sdk'
import { startLiveKit, type LiveKit } from '../harness/livekit.ts'

export interface Packet {
  topic: string | undefined
  text: string
}

export interface Viewer {
  readonly room: Room
  readonly identity: string
  readonly packets: Packet[]
  /** Calls a method of the page's participant. */
  rpc(method: string, payload?: string): Promise<string>
  /** Sends packets of `browser-input`. */
  input(...events: unknown[]): Promise<void>
  send(text: string, topic: string): Promise<void>
  track(kind: TrackKind): Promise<RemoteTrack>
  /** The first decoded frame that satisfies the test. */
  frame(fits?: (frame: VideoFrame) => boolean): Promise<VideoFrame>
  leave(): Promise<void>
}

export const AGENT_IDENTITY = 'the-agent'

export class LiveKitRig {
  readonly livekit: LiveKit
  readonly name = `room-${randomUUID()}`
  readonly context = new BrowserContext()
  readonly #rooms: Room[] = []

  private constructor(livekit: LiveKit) {
    this.livekit = livekit
  }

  static async start(): Promise<LiveKitRig> {
    const rig = new LiveKitRig(await startLiveKit())
    await rig.context.initialize()
    return rig
  }

  async token(identity: string, name = this.name): Promise<string> {
    const token = new AccessToken(this.livekit.apiKey, this.livekit.apiSecret, { identity })
    token.addGrant({ room: name, roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true })
    return token.toJwt()
  }

  async join(identity: string, name = this.name, before: (room: Room) => void = () => {}): Promise<Room> {
    const room = new Room()
    this.#rooms.push(room)
    before(room)
    await room.connect(this.livekit.url, await this.token(identity, name), { autoSubscribe: true, dynacast: false })
    return room
  }

  /** A page, published into the room. */
  async publish(
    options: NewPageOptions,
    { anyoneMayNavigate, room: name }: { anyoneMayNavigate?: boolean; room?: string } = {},
  ): Promise<{ page: BrowserPage; session: BrowserSession; room: Room }> {
    const room = await this.join(AGENT_IDENTITY, name)
    const page = await this.context.newPage({ width: 640, height: 360, framerate: 15, ...options })
    const published = new BrowserSession({ page, room, anyoneMayNavigate })
    await published.start()
    return { page, session: published, room }
  }

  async viewer(identity: string, name = this.name): Promise<Viewer> {
    const packets: Packet[] = []
    const room = await this.join(identity, name, (joining) => {
      joining.on(RoomEvent.DataReceived, (payload, _participant, _kind, topic) => packets.push({ topic, text: Buffer.from(payload).toString() }))
    })
    const { localParticipant } = room
    if (!localParticipant) throw new Error('the viewer is not in the room')
    const send = (text: string, topic: string): Promise<void> => localParticipant.publishData(Buffer.from(text), { reliable: true, topic })
    const track = async (kind: TrackKind): Promise<RemoteTrack> => {
      for (;;) {
        for (const participant of room.remoteParticipants.values())
          for (const publication of participant.trackPublications.values()) if (publication.track?.kind === kind) return publication.track
        await new Promise<void>((resolve) => room.once(RoomEvent.TrackSubscribed, () => resolve()))
      }
    }
    return {
      room,
      identity,
      packets,
      rpc: (method, payload = '') => localParticipant.performRpc({ destinationIdentity: AGENT_IDENTITY, method, payload }),
      input: (...events) => send(JSON.stringify(events), 'browser-input'),
      send,
      track,
      async frame(fits = () => true) {
        const stream = new VideoStream(await track(TrackKind.KIND_VIDEO))
        const reader = stream.getReader()
        try {
          for (;;) {
            const { value, done } = await reader.read()
            if (done) throw new Error('the track ended')
            if (fits(value.frame)) return value.frame
          }
        } finally {
          void reader.cancel()
        }
      },
      leave: () => room.disconnect(),
    }
  }

  async close(): Promise<void> {
    await this.context.aclose()
    for (const room of this.#rooms) await room.disconnect().catch(() => {})
    await this.livekit.close()
  }
}

/** The brightness (Y) of a decoded I420 frame at a pixel of a picture of this size. */
export function lumaAt(frame: VideoFrame, x: number, y: number, width = 640): number {
  const scale = frame.width / width
  return frame.data[Math.round(y * scale) * frame.width + Math.round(x * scale)] ?? -1
}
