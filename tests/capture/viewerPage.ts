import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** What runs in the watching Chromium: answers offers, decodes each frame's clock cells, keeps counts. Text, because it crosses into a page. */

/** Clock cells: bit i of the page's milliseconds is dark at x = i * 40 + 20, y = 20. */
export const viewerScript = `
globalThis.frames = []
globalThis.waiting = []
const now = () => performance.timeOrigin + performance.now()
globalThis.look = async function (frame) {
  const at = now()
  const rect = { x: 0, y: 0, width: Math.min(frame.codedWidth & ~1, 1280), height: 40 }
  if (frame.codedHeight < 40) return { at, latency: -1, luma: -1, width: frame.displayWidth, height: frame.displayHeight }
  const pixels = new Uint8Array(frame.allocationSize({ rect }))
  await frame.copyTo(pixels, { rect })
  // Decoded video has its brightness first, a decoded JPEG four bytes a pixel: then green stands for it.
  const step = /^(RGB|BGR)/.test(frame.format) ? 4 : 1
  const bright = (i) => pixels[i * step + (step === 4 ? 1 : 0)]
  let ms = 0
  for (let bit = 0; bit < 16; bit++) if (bright(20 * rect.width + bit * 40 + 20) < 128) ms |= 1 << bit
  let sum = 0
  for (let i = 0; i < rect.width * 40; i++) sum += bright(i)
  return { at, latency: ((Math.floor(at) & 0xffff) - ms) & 0xffff, luma: sum / (rect.width * 40), width: frame.displayWidth, height: frame.displayHeight }
}
async function read(track) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader()
  for (;;) {
    const { value: frame, done } = await reader.read()
    if (done) return
    const seen = await look(frame)
    frame.close()
    see({ ...seen, track: track.id })
  }
}
globalThis.see = (seen) => {
  frames.push(seen)
  waiting = waiting.filter(({ test, resolve }) => !test(seen) || (resolve(seen), false))
}
// Frames that came since the last one that was asked for count too: a page that rests sends no other.
globalThis.asked = 0
globalThis.takeFrames = () => ((asked = 0), frames.splice(0))
globalThis.nextFrame = async (test) => {
  const index = frames.findIndex((seen, i) => i >= asked && test(seen))
  if (index >= 0) return frames[(asked = index + 1) - 1]
  const seen = await new Promise((resolve) => waiting.push({ test, resolve }))
  asked = frames.length
  return seen
}
globalThis.takeOffer = async (sdp) => {
  if (!globalThis.pc) {
    pc = new RTCPeerConnection()
    pc.onicecandidate = ({ candidate }) => sendCandidate(candidate && candidate.toJSON())
    pc.ontrack = ({ track, receiver }) => {
      if (track.kind === 'video') {
        receiver.jitterBufferTarget = 0
        const video = Object.assign(document.createElement('video'), { muted: true, srcObject: new MediaStream([track]), autoplay: true })
        document.body.append(video)
        globalThis.video = video
        read(track)
      } else {
        const audio = Object.assign(document.createElement('audio'), { srcObject: new MediaStream([track]), autoplay: true })
        document.body.append(audio)
      }
    }
  }
  await pc.setRemoteDescription({ type: 'offer', sdp })
  for (const transceiver of pc.getTransceivers()) {
    const extensions = transceiver.getHeaderExtensionsToNegotiate?.()
    if (extensions) transceiver.setHeaderExtensionsToNegotiate(extensions.map((e) => (e.uri.includes('abs-capture-time') ? { ...e, direction: 'sendrecv' } : e)))
  }
  await pc.setLocalDescription()
  return pc.localDescription.sdp
}
globalThis.until = async (test) => {
  while (!(await test())) await new Promise((resolve) => setTimeout(resolve, 50))
}
globalThis.addCandidate = (candidate) => pc.addIceCandidate(candidate ?? undefined)
globalThis.readStats = async () => {
  const reports = [...(await pc.getStats()).values()]
  const video = reports.find((r) => r.type === 'inbound-rtp' && r.kind === 'video')
  const audio = reports.find((r) => r.type === 'inbound-rtp' && r.kind === 'audio')
  const transport = reports.find((r) => r.type === 'transport')
  return {
    bytes: transport?.bytesReceived ?? 0,
    codec: reports.find((r) => r.id === video?.codecId)?.mimeType ?? null,
    framesDecoded: video?.framesDecoded ?? 0,
    audioBytes: audio?.bytesReceived ?? 0,
    audioEnergy: audio?.totalAudioEnergy ?? 0,
    jitterBufferMs: video ? (1000 * video.jitterBufferDelay) / Math.max(1, video.jitterBufferEmittedCount) : 0,
  }
}
`

/** livekit-client as any page loads it: `LivekitClient`. */
export function livekitClientScript(): Promise<string> {
  return readFile(
    createRequire(import.meta.url)
      .resolve('livekit-client')
      .replace(/livekit-client\.\w+\.\w+$/, 'livekit-client.umd.js'),
    'utf8',
  )
}

/** Joins a room and takes what comes: frames as above, loudness, data packets. `tracks` says what was subscribed, in order. */
export const roomScript = `
globalThis.tracks = []
globalThis.packets = []
globalThis.states = []
globalThis.joinRoom = async (url, token) => {
  const { Room } = LivekitClient
  globalThis.room = new Room({ adaptiveStream: false, dynacast: false })
  room.on('connectionStateChanged', (state) => states.push(state))
  room.on('dataReceived', (payload, participant, kind, topic) =>
    packets.push({ text: new TextDecoder().decode(payload), from: participant?.identity ?? null, reliable: kind === 0, topic: topic ?? null }))
  // Video that ends, and how many frames of another track had been seen by then.
  globalThis.ended = []
  room.on('trackUnsubscribed', ({ mediaStreamTrack, kind }, { mimeType }) => {
    if (kind === 'video') ended.push({ mimeType, seenOfNext: frames.filter(({ track }) => track !== mediaStreamTrack.id).length })
  })
  room.on('trackSubscribed', (track, publication) => {
    tracks.push({ name: publication.trackName, source: publication.source, kind: track.kind, sid: publication.trackSid, mimeType: publication.mimeType })
    const element = track.attach()
    document.body.append(element)
    if (track.kind !== 'video') return
    track.receiver.jitterBufferTarget = 0
    globalThis.receiver = track.receiver
    read(track.mediaStreamTrack)
  })
  await room.connect(url, token)
}
globalThis.inbound = async (kind) => {
  for (const publication of [...room.remoteParticipants.values()].flatMap((participant) => [...participant.trackPublications.values()])) {
    if (publication.kind !== kind || !publication.track) continue
    const reports = [...(await publication.track.receiver.getStats()).values()]
    const inbound = reports.find((report) => report.type === 'inbound-rtp')
    if (inbound) return { ...inbound, mimeType: reports.find((report) => report.id === inbound.codecId)?.mimeType }
  }
  return null
}
`
