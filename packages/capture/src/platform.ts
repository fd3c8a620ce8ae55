/**
 * The parts of Chromium that the DOM library does not describe: extension APIs, breakout boxes, per-encoding codecs.
 * Types alone, and one typed way to them; written for Chromium 150 and newer.
 */

export interface RtpCodec {
  mimeType: string
  clockRate: number
  channels?: number
  sdpFmtpLine?: string
}

export interface EncodingParameters extends RTCRtpEncodingParameters {
  codec?: RtpCodec
  scalabilityMode?: string
}

interface HeaderExtension {
  uri: string
  direction?: RTCRtpTransceiverDirection
}

interface Platform {
  chrome: {
    tabCapture: { getMediaStreamId(options: { targetTabId: number }): Promise<string> }
    /** Only its list of targets: the map from CDP target ids to tab ids. */
    debugger: { getTargets(): Promise<{ id: string; tabId?: number }[]> }
  }
  MediaStreamTrackProcessor: new <Data = VideoFrame>(init: { track: MediaStreamTrack; maxBufferSize?: number }) => { readonly readable: ReadableStream<Data> }
  MediaStreamTrackGenerator: new (init: { kind: 'video' | 'audio' }) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> }
  /** The CDP binding; absent until the server has added it. */
  tandemEmit?: (json: string) => void
  tandem: unknown
}

// The border to what TypeScript cannot know.
export const platform = globalThis as unknown as Platform

/** `getUserMedia` of a tab: these constraints exist for extensions only. */
export function tabConstraints(
  streamId: string,
  video: { width: number; height: number; maxFrameRate: number; minFrameRate: number } | null,
): MediaStreamConstraints {
  const source = { chromeMediaSource: 'tab', chromeMediaSourceId: streamId }
  const size = video && {
    minWidth: video.width,
    maxWidth: video.width,
    minHeight: video.height,
    maxHeight: video.height,
    maxFrameRate: video.maxFrameRate,
    minFrameRate: video.minFrameRate,
  }
  return { audio: { mandatory: source }, video: { mandatory: { ...source, ...size } } } as unknown as MediaStreamConstraints
}

const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time'

/**
 * Offers when each frame was captured, which an offer does not carry by default: viewers read it for glass to glass, as
 * `captureTime` of requestVideoFrameCallback or `captureTimestamp` of getSynchronizationSources.
 */
export function offerCaptureTime(transceiver: RTCRtpTransceiver): void {
  const extended = transceiver as RTCRtpTransceiver & {
    getHeaderExtensionsToNegotiate?(): HeaderExtension[]
    setHeaderExtensionsToNegotiate?(extensions: HeaderExtension[]): void
  }
  const extensions = extended.getHeaderExtensionsToNegotiate?.() ?? []
  if (!extensions.some(({ uri }) => uri === ABS_CAPTURE_TIME)) return
  extended.setHeaderExtensionsToNegotiate?.(
    extensions.map((extension) => (extension.uri === ABS_CAPTURE_TIME ? { ...extension, direction: 'sendrecv' } : extension)),
  )
}
