/**
 * The viewer's end of one peer connection: answers offers, trickles candidates, gives tracks, reads statistics. It
 * lives as long as its RTCPeerConnection and decides nothing: webrtc.ts says when a connection is given up.
 * The far end is packages/capture/src/peer.ts.
 */
import type { Candidate, IceServer } from '@tandem/protocol'
import { wallNow } from '../live/serverClock.ts'
import { readReport } from './reading.ts'
import type { Reading } from './reading.ts'

const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time'

export interface IceSettings {
  iceServers: IceServer[]
  iceTransportPolicy: 'all' | 'relay'
}

export interface PeerTarget {
  candidate(candidate: Candidate | null): void
  track(track: MediaStreamTrack, receiver: RTCRtpReceiver): void
  changed(): void
}

export class Peer {
  readonly #pc: RTCPeerConnection
  /** Candidates that came before the description that they belong to. */
  #candidates: (Candidate | null)[] = []
  #refused = false
  /** Offers are answered one after the other: two ICE restarts may overlap. */
  #answering: Promise<unknown> = Promise.resolve()

  constructor(ice: IceSettings, target: PeerTarget) {
    const pc = new RTCPeerConnection({ ...ice, bundlePolicy: 'max-bundle' })
    this.#pc = pc
    pc.onicecandidateerror = ({ errorCode }) => {
      // 401 and 441 are STUN's for wrong credentials; other errors are those of one path among many.
      if (errorCode === 401 || errorCode === 441) this.#refused = true
    }
    pc.onicecandidate = ({ candidate }) => {
      // An empty candidate ends one generation only; null ends the list.
      if (candidate?.candidate !== '') target.candidate(candidate ? candidateOf(candidate) : null)
    }
    pc.ontrack = ({ track, receiver }) => target.track(track, receiver)
    pc.onconnectionstatechange = () => target.changed()
  }

  get state(): RTCPeerConnectionState {
    return this.#pc.connectionState
  }

  /** The TURN server did not take its credentials. */
  get refused(): boolean {
    return this.#refused
  }

  /** From offer to answer. `iceServers`: used from here on, since credentials for TURN expire. */
  answer(sdp: string, iceServers?: IceServer[]): Promise<string> {
    const answer = this.#answering.then(() => this.#answer(sdp, iceServers))
    this.#answering = answer.catch(() => {})
    return answer
  }

  async #answer(sdp: string, iceServers?: IceServer[]): Promise<string> {
    const pc = this.#pc
    if (iceServers) pc.setConfiguration({ ...pc.getConfiguration(), iceServers })
    await pc.setRemoteDescription({ type: 'offer', sdp })
    for (const transceiver of pc.getTransceivers()) acceptExtension(transceiver, ABS_CAPTURE_TIME)
    await pc.setLocalDescription()
    for (const candidate of this.#candidates.splice(0)) await this.addCandidate(candidate)
    return pc.localDescription?.sdp ?? ''
  }

  async addCandidate(candidate: Candidate | null): Promise<void> {
    if (!this.#pc.remoteDescription) return void this.#candidates.push(candidate)
    // A candidate of a generation that an ICE restart has replaced is refused; that is as it should be.
    await this.#pc.addIceCandidate(candidate ?? undefined).catch(() => {})
  }

  async read(): Promise<Reading> {
    return readReport(await this.#pc.getStats(), wallNow())
  }

  close(): void {
    this.#pc.ontrack = this.#pc.onicecandidate = this.#pc.onconnectionstatechange = null
    this.#pc.close()
  }
}

function candidateOf({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): Candidate {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment }
}

/** An answer takes the extension only when told so; browsers without these calls do without it. */
function acceptExtension(transceiver: RTCRtpTransceiver, uri: string): void {
  const extended: RTCRtpTransceiver & {
    getHeaderExtensionsToNegotiate?(): { uri: string; direction?: RTCRtpTransceiverDirection }[]
    setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction?: RTCRtpTransceiverDirection }[]): void
  } = transceiver
  const extensions = extended.getHeaderExtensionsToNegotiate?.() ?? []
  if (!extensions.some((extension) => extension.uri === uri)) return
  extended.setHeaderExtensionsToNegotiate?.(extensions.map((extension) => (extension.uri === uri ? { ...extension, direction: 'sendrecv' } : extension)))
}
