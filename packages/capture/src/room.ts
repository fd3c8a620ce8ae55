/**
 * The LiveKit room of a session, as an outlet: joins as the browser's participant, publishes picture and sound once for
 * everybody in it, and carries data packets both ways. livekit-client comes back by itself after a loss; when it gives
 * up, `disconnected` is told, and whoever gave the token gives another one. Must not know what packets mean or who may
 * watch: the server says so. Loaded when a room is wanted first (main.ts): no session without one pays for the library.
 */
import { ConnectionState, LogLevel, Room, RoomEvent, setLogLevel, type ReconnectPolicy } from 'livekit-client'
import { ROOM_OUTLET, type CaptureCommands, type Quality, type RoomOptions, type RoomState } from '@tandem/protocol'
import { CodecChoice } from './codec.ts'
import { emit, log, reasonOf } from './emit.ts'
import { FedOutlet } from './fedOutlet.ts'
import type { Measured } from './outlet.ts'
import { offerCaptureTime } from './platform.ts'
import { RoomInbox } from './roomInbox.ts'
import { RoomPicture } from './roomPicture.ts'
import { RoomSound } from './roomSound.ts'
import { reasonNameOf, roomOf, withoutToken } from './roomText.ts'
import type { RoomCodec } from './roomVideo.ts'

/** Nobody stays in a room whose server is gone: after these livekit-client gives up, and a fresh token may be what it lacks. */
const RECONNECT_WAITS_MS = [0, 300, 600, 1_000, 1_000, 2_000, 2_000, 3_000]
const reconnectPolicy: ReconnectPolicy = { nextRetryDelayInMs: ({ retryCount }) => RECONNECT_WAITS_MS[retryCount] ?? null }

const STATES: Record<ConnectionState, RoomState> = {
  [ConnectionState.Disconnected]: 'disconnected',
  [ConnectionState.Connecting]: 'connecting',
  [ConnectionState.Connected]: 'connected',
  [ConnectionState.Reconnecting]: 'reconnecting',
  [ConnectionState.SignalReconnecting]: 'reconnecting',
}

// Its messages carry URLs with the token.
setLogLevel(LogLevel.silent)

/** livekit-client opens one that runs as long as the room does; nothing is played here. */
const silence = new AudioContext()
void silence.close()

type Packet = Parameters<CaptureCommands['roomSend']>[0]

export class RoomOutlet extends FedOutlet {
  readonly id = ROOM_OUTLET
  readonly #inbox = new RoomInbox(emit)
  readonly #encoder = new TextEncoder()
  #options: RoomOptions
  #quality: Quality
  #room: Room | null = null
  #state: RoomState | null = null
  readonly #choice = new CodecChoice()
  #picture: RoomPicture | null = null
  #sound: RoomSound | null = null
  /** Somebody took the picture since the room was empty: with the picture hidden, the sound may still be listened to. */
  #listened = false
  #audience: string[] | null

  /** `audience`: who may have the tracks, as `allow` takes it. `onChange`: whether it watches may have changed. */
  constructor(options: RoomOptions, audience: string[] | null, onChange: () => void) {
    super(onChange)
    this.#options = options
    this.#audience = audience
    this.#quality = options.quality
    this.#join()
  }

  /** The room's viewers can be reached while it is joined; nothing is captured before one of them takes the picture. */
  override get watching(): boolean {
    return super.watching && (this.#picture?.isTaken || (this.#options.audio && this.#listened))
  }

  /** Another room is joined, and one that was lost is joined anew; where the connection stands, the rest is changed on the way. */
  change(options: RoomOptions): void {
    const before = this.#options
    this.#options = options
    this.setQuality(options.quality)
    const stands = this.#room !== null && (this.#state === 'connected' || this.#state === 'connecting')
    if (!stands || options.wsUrl !== before.wsUrl || roomOf(options.token) !== roomOf(before.token)) {
      void this.#leave().then(() => {
        if (!this.closed && this.#options === options) this.#join()
      })
      return
    }
    if (options.audio !== before.audio) void this.#publishSound().catch((error: unknown) => log('warn', `room, sound: ${reasonOf(error)}`))
    this.#picture?.setCodecs(this.#codecs)
    // Whoever asked hears how it stands.
    if (this.#state) emit({ type: 'roomState', state: this.#state, reason: null })
    if (this.#state === 'connected' && this.#room) this.#tellParticipants(this.#room)
  }

  setQuality(quality: Quality): void {
    if (this.#quality === quality) return
    this.#quality = quality
    this.#picture?.tune(quality)
  }

  async measure(): Promise<Measured | null> {
    if (this.closed || !this.#picture?.isTaken || this.#state !== 'connected') return null
    return this.#picture.measure(this.#quality)
  }

  async soundEnergy(): Promise<number | null> {
    return (await this.#sound?.energy()) ?? null
  }

  /** Rejects when a reliable packet could not be sent. */
  async send({ text, topic, reliable, to }: Packet): Promise<void> {
    if (to?.length === 0) return
    const room = this.#room
    if (!room || (!reliable && this.#state !== 'connected')) {
      if (reliable) throw new Error('the room is not joined')
      return
    }
    await room.localParticipant.publishData(this.#encoder.encode(text), { reliable, ...(topic && { topic }), ...(to && { destinationIdentities: to }) })
  }

  /** Who may have the tracks; null: everybody. Kept for the next join. */
  allow(identities: string[] | null): void {
    this.#audience = identities
    this.#applyAudience()
  }

  protected feed(): void {
    this.#picture?.feed(this.video, this.#quality)
    this.#sound?.feed(this.audio)
  }

  protected end(): void {
    this.#inbox.close()
    void this.#leave()
  }

  /** Best first. */
  get #codecs(): RoomCodec[] {
    return this.#options.codecs.filter((codec) => codec === 'av1' || codec === 'vp8')
  }

  #join(): void {
    const room = new Room({
      adaptiveStream: false,
      dynacast: false,
      // It takes nothing: with a connection for sending alone, the first offer is made when there is something to send, and is the only one.
      singlePeerConnection: false,
      webAudioMix: { audioContext: silence },
      stopLocalTrackOnUnpublish: false,
      disconnectOnPageLeave: false,
      reconnectPolicy,
    })
    this.#room = room
    this.#listen(room)
    this.#tell('connecting')
    void this.#connect(room)
  }

  async #connect(room: Room): Promise<void> {
    try {
      await room.connect(this.#options.wsUrl, this.#options.token, { autoSubscribe: false })
      if (room === this.#room) this.#tellParticipants(room)
    } catch (error) {
      this.#lost(room, reasonOf(error))
    }
  }

  /** The SFU answers, while ways for packets are still looked for: what is published now goes into the first offer. */
  async #publish(room: Room): Promise<void> {
    if (room !== this.#room || this.#picture) return
    // Before there is anything to take.
    this.#applyAudience()
    this.#picture = new RoomPicture({
      room,
      choice: this.#choice,
      size: () => this.size,
      refresh: () => this.refresh(),
      changed: () => this.#pictureChanged(),
    })
    this.#picture.setCodecs(this.#codecs)
    try {
      await Promise.all([this.#picture.publish(), this.#publishSound()])
    } catch (error) {
      this.#lost(room, reasonOf(error))
    }
  }

  /** Its own listeners go first: what is left on purpose says nothing. */
  async #leave(): Promise<void> {
    const room = this.#room
    this.#room = null
    this.#forget()
    if (!room) return
    room.removeAllListeners()
    await room.disconnect(false).catch(() => {})
  }

  /** What belonged to a room that is no more. */
  #forget(): void {
    this.#picture?.close()
    this.#picture = null
    this.#sound = null
    this.#state = null
    this.#listened = false
    this.changed()
  }

  #lost(room: Room, reason: string): void {
    if (room !== this.#room) return
    void this.#leave()
    this.#tell('disconnected', withoutToken(reason))
    emit({ type: 'roomParticipants', participants: [] })
  }

  #listen(room: Room): void {
    const participants = (): void => this.#tellParticipants(room)
    room
      .on(RoomEvent.ConnectionStateChanged, (state) => {
        if (state !== ConnectionState.Disconnected) this.#tell(STATES[state])
        if (state === ConnectionState.Connected) this.feed()
      })
      .on(RoomEvent.Disconnected, (reason) => this.#lost(room, reasonNameOf(reason)))
      .on(RoomEvent.LocalTrackPublished, (publication) => {
        if (this.#sound?.published(publication)) this.#sound.feed(this.audio)
        else this.#picture?.published(publication)
      })
      .on(RoomEvent.DataReceived, (payload, participant, kind, topic, _encryption, identity) => {
        const from = identity || participant?.identity
        // What the SFU itself sends is nobody's.
        if (from) this.#inbox.take({ payload, from, topic, reliable: kind === 0 })
      })
      .on(RoomEvent.ParticipantConnected, () => {
        this.#picture?.expectNewcomer()
        participants()
      })
      .on(RoomEvent.ParticipantDisconnected, ({ identity }) => {
        this.#inbox.forget(identity)
        participants()
      })
      .on(RoomEvent.ParticipantNameChanged, participants)
      .on(RoomEvent.ParticipantAttributesChanged, participants)
      .on(RoomEvent.Reconnected, participants)
    // What livekit-client keeps to itself: the moment before the offer, and which tracks somebody takes.
    room.localParticipant.on('localSenderCreated', (sender) => {
      const transceiver = room.engine.pcManager?.publisher.getTransceivers().find((one) => one.sender === sender)
      if (transceiver) offerCaptureTime(transceiver)
    })
    let engine: Room['engine'] | null = null
    room.on(RoomEvent.SignalConnected, () => {
      // It makes another one for each attempt to connect.
      if (engine !== room.engine) room.engine.on('subscribedQualityUpdate', (update) => this.#picture?.taking(update))
      engine = room.engine
      void this.#publish(room)
    })
  }

  #pictureChanged(): void {
    if (this.#picture?.isTaken) this.#listened = true
    this.feed()
    this.changed()
  }

  async #publishSound(): Promise<void> {
    const room = this.#room
    if (!room) return
    if (!this.#options.audio) {
      const sound = this.#sound
      this.#sound = null
      await sound?.unpublish()
    } else if (!this.#sound) {
      this.#sound = new RoomSound(room)
      await this.#sound.publish()
    }
  }

  #applyAudience(): void {
    const participant = this.#room?.localParticipant
    if (this.#audience === null) participant?.setTrackSubscriptionPermissions(true)
    else
      participant?.setTrackSubscriptionPermissions(
        false,
        this.#audience.map((participantIdentity) => ({ participantIdentity, allowAll: true })),
      )
  }

  #tellParticipants(room: Room): void {
    const participants = [...room.remoteParticipants.values()].map(({ identity, name = '', attributes }) => ({ identity, name, attributes }))
    if (participants.length === 0 && this.#listened) {
      this.#listened = false
      this.changed()
    }
    emit({ type: 'roomParticipants', participants })
  }

  #tell(state: RoomState, reason: string | null = null): void {
    if (this.#state === state || this.closed) return
    this.#state = state === 'disconnected' ? null : state
    emit({ type: 'roomState', state, reason })
  }
}
