/** What an SDP answer tells the sender beyond what the viewer wrote: libwebrtc reads these from the remote description alone. */

export interface Wishes {
  /** kbit/s that the bandwidth estimate begins with: a first key frame at the default of 300 would take half a second. */
  startKbps: number
}

/** Adds the first bitrate to each video codec (no least one: a page that rests would be padded up to it), and stereo and silence suppression to Opus. */
export function withWishes(sdp: string, { startKbps }: Wishes): string {
  const eol = sdp.includes('\r\n') ? '\r\n' : '\n'
  return sdp
    .split(/(?=^m=)/m)
    .map((section) => {
      if (section.startsWith('m=video')) return addToAll(section, `x-google-start-bitrate=${startKbps}`, /^(?!rtx|red|ulpfec|flexfec)/i, eol)
      // Silence then costs a packet in 400 ms instead of 50 a second.
      if (section.startsWith('m=audio')) return addToAll(section, 'usedtx=1;stereo=1', /^opus/i, eol)
      return section
    })
    .join('')
}

function addToAll(section: string, parameters: string, codec: RegExp, eol: string): string {
  let out = section
  for (const [, payload = '', name = ''] of section.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)/gm)) {
    if (!codec.test(name)) continue
    const fmtp = new RegExp(`^(a=fmtp:${payload} [^\\r\\n]*)`, 'm')
    out = fmtp.test(out)
      ? out.replace(fmtp, `$1;${parameters}`)
      : out.replace(new RegExp(`^(a=rtpmap:${payload} [^\\r\\n]*)`, 'm'), `$1${eol}a=fmtp:${payload} ${parameters}`)
  }
  return out
}
