/**
 * One viewer: an RTCPeerConnection that offers, sends the picture and the sound, and survives a change of network by
 * ICE restart. Must not know where tracks come from (picture.ts) or which codec is best (codec.ts); main.ts tells it.
 */
import type { Candidate, CaptureMessage, IceServer, PeerOptions, Quality } from '@tandem/protocol'
import { emit, log, reasonOf } from './emit.ts'
import { FedOutlet } from './fedOutlet.ts'
import type { Measured } from './outlet.ts'
import { offerCaptureTime } from './platform.ts'
import { withWishes } from './sdp.ts'
import { maxBpsOf, VideoSender } from './videoSender.ts'

const START_KBPS = 4_000
/** Best first; a viewer's own list narrows it. VP9 comes last: libwebrtc caps it at 5 fps when the source is a screen. */
const CODECS = ['video/AV1', 'video/VP8', 'video/H264', 'video/VP9']

type State = Extract<CaptureMessage, { type: 'peer' }>['state']

export class Peer extends FedOutlet {
  readonly id: string
  readonly #connection: RTCPeerConnection
  readonly #video: RTCRtpTransceiver
  readonly #audio: RTCRtpTransceiver | null
  readonly #sending: VideoSender
  #quality: Quality
  /** Offers are made one after the other: two ICE restarts may overlap. */
  #offering: Promise<unknown> = Promise.resolve()

  /** `onChange`: whether this peer watches may have changed. */
  constructor({ peerId, iceServers, iceTransportPolicy, codecs, audio, quality = 'auto' }: PeerOptions, onChange: () => void) {
    super(onChange)
    this.id = peerId
    this.#quality = quality
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy, bundlePolicy: 'max-bundle' })
    this.#connection = connection
    // Streams of their own: in one stream the receiver holds the picture back until the sound's buffer is full.
    this.#video = connection.addTransceiver('video', {
      direction: 'sendonly',
      streams: [new MediaStream()],
      sendEncodings: [{ maxBitrate: maxBpsOf(quality) }],
    })
    this.#audio = audio ? connection.addTransceiver('audio', { direction: 'sendonly', streams: [new MediaStream()] }) : null
    this.#sending = new VideoSender({
      sender: this.#video.sender,
      id: `peer ${peerId}`,
      live: () => connection.connectionState === 'connected',
      refresh: () => this.refresh(),
    })
    this.#video.setCodecPreferences(preferences(codecs))
    offerCaptureTime(this.#video)
    connection.onicecandidate = ({ candidate }) => emit({ type: 'candidate', peerId, candidate: candidate ? toCandidate(candidate) : null })
    connection.onconnectionstatechange = () => this.#stateChanged()
  }

  /** The codecs that both sides have, by MIME type; empty before the answer. */
  get #codecs(): string[] {
    return [...new Set(this.#video.sender.getParameters().codecs.map(({ mimeType }) => mimeType))].filter((type) => CODECS.includes(type))
  }

  offer(iceRestart = false): Promise<void> {
    const offer = this.#offering.then(() => this.#offer(iceRestart))
    this.#offering = offer.catch(() => {})
    return offer
  }

  async #offer(iceRestart: boolean): Promise<void> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart }))
    emit({ type: 'offer', peerId: this.id, sdp: this.#connection.localDescription?.sdp ?? '' })
  }

  async restart(iceServers: IceServer[]): Promise<void> {
    this.#connection.setConfiguration({ ...this.#connection.getConfiguration(), iceServers })
    await this.offer(true)
  }

  async answer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: withWishes(sdp, { startKbps: START_KBPS }) })
  }

  async candidate(candidate: Candidate | null): Promise<void> {
    await this.#connection.addIceCandidate(candidate ?? undefined)
  }

  setQuality(quality: Quality): void {
    if (this.#quality === quality) return
    this.#quality = quality
    this.#sending.tune(this.size, quality)
    // A page that rests would keep the size that it has.
    void this.#sending.resend()
  }

  async measure(): Promise<Measured | null> {
    if (this.closed || this.#connection.connectionState !== 'connected') return null
    const measured = await this.#sending.measure(this.#codecs, this.#quality)
    const { sending, choice } = measured ?? {}
    if (choice && sending?.codec && choice.codec !== sending.codec) this.#sending.setCodec(choice.codec)
    return measured
  }

  async soundEnergy(): Promise<number | null> {
    const reports = await this.#audio?.sender.getStats()
    return [...(reports?.values() ?? [])].find(({ type, kind }) => type === 'media-source' && kind === 'audio')?.totalAudioEnergy ?? null
  }

  protected end(): void {
    this.#sending.close()
    this.#connection.onconnectionstatechange = null
    this.#connection.onicecandidate = null
    this.#connection.close()
    this.#tell('closed')
  }

  protected feed(): void {
    this.#sending.feed(this.video, this.size, this.#quality)
    this.#audio?.sender.replaceTrack(this.audio).catch((error: unknown) => log('warn', `peer ${this.id}: ${reasonOf(error)}`))
  }

  #stateChanged(): void {
    const state = this.#connection.connectionState
    this.#tell(state === 'new' ? 'connecting' : state)
    // What the page last drew was sent before there was a way: a page that rests draws nothing more by itself.
    if (state === 'connected') void this.#sending.resend()
  }

  #tell(state: State): void {
    emit({ type: 'peer', peerId: this.id, state })
  }
}

function preferences(codecs: string[] | undefined): RTCRtpCodec[] {
  const all = RTCRtpSender.getCapabilities('video')?.codecs ?? []
  const wanted = CODECS.filter((type) => !codecs || codecs.some((codec) => codec.toLowerCase() === type.toLowerCase()))
  const chosen = wanted.flatMap((type) => all.filter(({ mimeType }) => mimeType === type))
  if (chosen.length === 0) throw new Error('the viewer can decode none of our codecs')
  return [...chosen, ...all.filter(({ mimeType }) => mimeType === 'video/rtx')]
}

function toCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): Candidate {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment }
}
