/**
 * One viewer: an RTCPeerConnection that offers, sends the picture and the sound, and survives a change of network by
 * ICE restart. Must not know where tracks come from (picture.ts) or which codec is best (codec.ts); main.ts tells it.
 *
 * What the viewer reads for glass to glass: `captureTime` of requestVideoFrameCallback (or `captureTimestamp` of
 * getSynchronizationSources), which comes with the abs-capture-time extension that the offer carries.
 */
import type { Candidate, CaptureMessage, IceServer, PeerOptions, Quality } from '@tandem/protocol'
import { emit, log, reasonOf } from './emit.ts'
import { bitrateFor, sizeFor } from './encodeSettings.ts'
import { FedOutlet } from './fedOutlet.ts'
import type { Measured } from './outlet.ts'
import { PeerMeter } from './peerMeter.ts'
import { offerHeaderExtension, type EncodingParameters } from './platform.ts'
import { withWishes } from './sdp.ts'

const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time'
/** `auto`: the bandwidth estimate finds what the network gives. */
const MAX_VIDEO_BPS = 12_000_000
const START_KBPS = 4_000
/** The first is longer than Chromium keeps statistics for (50 ms): older ones would count frames of the track before. */
const REFRESH_WAITS_MS = [60, 80, 160, 320, 640, 1_280, 2_560]
/** Best first; a viewer's own list narrows it. VP9 comes last: libwebrtc caps it at 5 fps when the source is a screen. */
const CODECS = ['video/AV1', 'video/VP8', 'video/H264', 'video/VP9']

type State = Extract<CaptureMessage, { type: 'peer' }>['state']

export class Peer extends FedOutlet {
  readonly id: string
  readonly #connection: RTCPeerConnection
  readonly #video: RTCRtpTransceiver
  readonly #audio: RTCRtpTransceiver | null
  readonly #meter: PeerMeter
  #quality: Quality
  /** setParameters fails when two run at once. */
  #queue: Promise<void> = Promise.resolve()

  /** `onChange`: whether this peer watches may have changed. */
  constructor({ peerId, iceServers, iceTransportPolicy, codecs, audio, quality = 'auto' }: PeerOptions, onChange: () => void) {
    super(onChange)
    this.id = peerId
    this.#quality = quality
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy, bundlePolicy: 'max-bundle' })
    this.#connection = connection
    // Streams of their own: in one stream the receiver holds the picture back until the sound's buffer is full.
    this.#video = connection.addTransceiver('video', { direction: 'sendonly', streams: [new MediaStream()], sendEncodings: [{ maxBitrate: this.#maxBps }] })
    this.#audio = audio ? connection.addTransceiver('audio', { direction: 'sendonly', streams: [new MediaStream()] }) : null
    this.#meter = new PeerMeter(this.#video.sender)
    this.#video.setCodecPreferences(preferences(codecs))
    offerHeaderExtension(this.#video, ABS_CAPTURE_TIME)
    connection.onicecandidate = ({ candidate }) => emit({ type: 'candidate', peerId, candidate: candidate ? toCandidate(candidate) : null })
    connection.onconnectionstatechange = () => this.#stateChanged()
  }

  get #sender(): RTCRtpSender {
    return this.#video.sender
  }

  get #connected(): boolean {
    return this.#connection.connectionState === 'connected'
  }

  /** The codecs that both sides have, by MIME type; empty before the answer. */
  get #codecs(): string[] {
    return [...new Set(this.#sender.getParameters().codecs.map(({ mimeType }) => mimeType))].filter((type) => CODECS.includes(type))
  }

  async offer(iceRestart = false): Promise<void> {
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
    this.#tune()
    // A page that rests would keep the size that it has.
    if (this.#connected) void this.#refreshUntilSent()
  }

  async measure(): Promise<Measured | null> {
    if (this.closed || !this.#connected) return null
    const measured = await this.#meter.measure(this.#codecs, this.#maxBps)
    const { sending, choice } = measured ?? {}
    if (choice && sending?.codec && choice.codec !== sending.codec) this.#setCodec(choice.codec)
    return measured
  }

  async soundEnergy(): Promise<number | null> {
    const reports = await this.#audio?.sender.getStats()
    return [...(reports?.values() ?? [])].find(({ type, kind }) => type === 'media-source' && kind === 'audio')?.totalAudioEnergy ?? null
  }

  /** Switches without renegotiation; ignored when the viewer does not have it. */
  #setCodec(mimeType: string): void {
    this.#parameters(this.#sender, (parameters) => {
      const codec = parameters.codecs.find((candidate) => candidate.mimeType === mimeType)
      for (const encoding of parameters.encodings as EncodingParameters[]) if (codec) encoding.codec = codec
    })
  }

  protected end(): void {
    this.#connection.onconnectionstatechange = null
    this.#connection.onicecandidate = null
    this.#connection.close()
    this.#tell('closed')
  }

  /** Other tracks without renegotiation. */
  protected feed(): void {
    const fail = (error: unknown): void => log('warn', `peer ${this.id}: ${reasonOf(error)}`)
    // A page that rests sends its picture once: asked for again when this peer is there to take it.
    this.#sender
      .replaceTrack(this.video)
      .then(() => (this.#connected ? this.#refreshUntilSent() : undefined))
      .catch(fail)
    this.#audio?.sender.replaceTrack(this.audio).catch(fail)
    this.#tune()
  }

  get #maxBps(): number {
    // The bitrate of a quality is of the quality alone.
    return this.#quality === 'auto' ? MAX_VIDEO_BPS : bitrateFor({ width: 1, height: 1 }, this.#quality)
  }

  /** What the sender may take now; no renegotiation. */
  #tune(): void {
    const scaleResolutionDownBy = Math.max(1, this.size.width / sizeFor(this.size, this.#quality).width)
    this.#parameters(this.#sender, (parameters) => {
      for (const encoding of parameters.encodings) {
        Object.assign(encoding, { active: this.video !== null, maxBitrate: this.#maxBps, scaleResolutionDownBy })
      }
      // A page that is typed into must move at once; sharpness comes back in the next frames.
      Object.assign(parameters, { degradationPreference: 'maintain-framerate' })
    })
  }

  /**
   * Asks the source for its present picture until one went out. A single request can be lost: the frame comes while
   * the track is being replaced, or carries a time that the encoder has passed already.
   */
  async #refreshUntilSent(): Promise<void> {
    let before: number | null = null
    for (const wait of REFRESH_WAITS_MS) {
      if (!this.video) return
      this.refresh()
      await new Promise((resolve) => setTimeout(resolve, wait))
      const encoded = await this.#framesEncoded()
      if (before !== null && encoded !== null && encoded > before) return
      before ??= encoded
    }
  }

  /**
   * Frames encoded so far, once the present track has given one; null before. The number is of all tracks together: only
   * one that grows after that says that a frame of this track went out.
   */
  async #framesEncoded(): Promise<number | null> {
    if (this.closed) return null
    const reports = [...(await this.#sender.getStats()).values()]
    const source = reports.find(({ type }) => type === 'media-source')
    if (!source || source.trackIdentifier !== this.#sender.track?.id || !source.frames) return null
    return reports.find(({ type }) => type === 'outbound-rtp')?.framesEncoded ?? 0
  }

  #parameters(sender: RTCRtpSender, change: (parameters: RTCRtpSendParameters) => void): void {
    this.#queue = this.#queue.then(async () => {
      if (this.closed) return
      const parameters = sender.getParameters()
      change(parameters)
      await sender.setParameters(parameters).catch((error: unknown) => log('warn', `peer ${this.id}: ${reasonOf(error)}`))
    })
  }

  #stateChanged(): void {
    const state = this.#connection.connectionState
    this.#tell(state === 'new' ? 'connecting' : state)
    // What the page last drew was sent before there was a way: a page that rests draws nothing more by itself.
    if (state === 'connected') void this.#refreshUntilSent()
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
