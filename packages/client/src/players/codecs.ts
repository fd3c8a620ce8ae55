/** What this environment can decode, best first: AV1 for text, then what motion and old machines take. */
const PREFERENCE = ['video/AV1', 'video/VP9', 'video/VP8', 'video/H264', 'video/H265']
/** Not pictures: retransmission and error correction. */
const HELPERS = new Set(['video/rtx', 'video/red', 'video/ulpfec', 'video/flexfec-03'])

export function order(mimeTypes: readonly string[]): string[] {
  const rank = (type: string): number => {
    const index = PREFERENCE.indexOf(type)
    return index < 0 ? PREFERENCE.length : index
  }
  return [...new Set(mimeTypes)].filter((type) => !HELPERS.has(type)).sort((a, b) => rank(a) - rank(b))
}

export function decodableCodecs(): string[] {
  if (typeof RTCRtpReceiver === 'undefined') return []
  return order((RTCRtpReceiver.getCapabilities('video')?.codecs ?? []).map((codec) => codec.mimeType))
}

/** What WebCodecs can decode here, as the shared encode names codecs; a profile of each that stands for all that is sent. */
const PACKET_CODECS = { av01: 'av01.0.08M.08', vp8: 'vp8', vp09: 'vp09.00.40.08', avc1: 'avc1.42E028' }

export async function packetCodecs(): Promise<string[]> {
  const support = await Promise.all(
    Object.entries(PACKET_CODECS).map(async ([name, codec]) => {
      const answer = await VideoDecoder.isConfigSupported({ codec, codedWidth: 1280, codedHeight: 720, optimizeForLatency: true }).catch(() => null)
      return answer?.supported === true ? name : null
    }),
  )
  return support.filter((name) => name !== null)
}

const ROOM_CODECS: Record<string, string> = { 'video/AV1': 'av01', 'video/VP8': 'vp8', 'video/VP9': 'vp09', 'video/H264': 'avc1' }

/** What WebRTC can decode here, under the names of the shared encode: all who watch out of a room get the same. */
export function roomCodecs(): string[] {
  return decodableCodecs().flatMap((type) => ROOM_CODECS[type] ?? [])
}
