#!/usr/bin/env bash
# The same five seconds of packets: where their time begins decides, by container, how long the file is and whether it plays at all.
#
# Valid input: 50 VP9 packets of one encoder, written by mediabunny into WebM, MP4 and fragmented MP4: once from 0 on, once from 60 s on
# (a clock of a session that has run for a minute), once from -1 s on (a key frame from before a recording's start).
# Behaviour in Chromium: from 60 s on WebM and fragmented MP4 are 65 s long; MP4 says 5 s, and its first frame is at 60 s, far behind its end.
# From -1 s on a WebM shows no frame at all, while both kinds of MP4 play.
# Who is caught by it: recorders that write timestamps as they come. Let the earliest packet of a file be at 0.
#
# Seen with mediabunny 1.61.0, Chromium 156.0.8078.114 (Debian):
#   WebM, packets from 0 s on: 5 s long, first frame at 0 s
#   WebM, packets from 60 s on: 65 s long, first frame at 60 s
#   WebM, packets from -1 s on: 4 s long, first frame never
#   MP4, packets from 0 s on: 5 s long, first frame at 0 s
#   MP4, packets from 60 s on: 5 s long, first frame at 60 s
#   MP4, packets from -1 s on: 4 s long, first frame at 0 s
#   fragmented MP4, packets from 0 s on: 5 s long, first frame at 0 s
#   fragmented MP4, packets from 60 s on: 65 s long, first frame at 60 s
#   fragmented MP4, packets from -1 s on: 5 s long, first frame at 0 s
# Ends with 0 while it is so. Needs Node, npm and a Chromium: $CHROMIUM_PATH, else `chromium` on the PATH.
set -euo pipefail
CHROMIUM="${CHROMIUM_PATH:-$(command -v chromium)}"
export CHROMIUM
folder=$(mktemp -d)
trap 'rm -rf "$folder" || true' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund puppeteer-core@25.16.0 mediabunny@1.61.0
cat >run.mjs <<'EOF'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import puppeteer from 'puppeteer-core'
const bundle = readFileSync('node_modules/mediabunny/dist/bundles/mediabunny.min.mjs')
const server = createServer((request, response) => {
  if (request.url === '/mediabunny.js') response.setHeader('content-type', 'text/javascript').end(bundle)
  else response.setHeader('content-type', 'text/html').end('<script type="module">import * as library from "/mediabunny.js"; globalThis.mediabunny = library</script>')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] })
const tryAll = async () => {
  const { Output, Mp4OutputFormat, WebMOutputFormat, BufferTarget, EncodedVideoPacketSource, EncodedPacket } = mediabunny
  const encoded = []
  const encoder = new VideoEncoder({ output: (chunk, meta) => encoded.push({ packet: EncodedPacket.fromEncodedChunk(chunk), meta }), error: console.error })
  encoder.configure({ codec: 'vp09.00.10.08', width: 320, height: 180, framerate: 10 })
  const canvas = new OffscreenCanvas(320, 180)
  const context = canvas.getContext('2d')
  for (let n = 0; n < 50; n++) {
    context.fillStyle = `hsl(${n * 7} 80% 50%)`
    context.fillRect(0, 0, 320, 180)
    const frame = new VideoFrame(canvas, { timestamp: n * 100_000, duration: 100_000 })
    encoder.encode(frame, { keyFrame: n === 0 })
    frame.close()
  }
  await encoder.flush()
  const within = (ms, promise, otherwise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, otherwise))])
  const formats = [
    ['WebM', () => new WebMOutputFormat(), 'video/webm'],
    ['MP4', () => new Mp4OutputFormat(), 'video/mp4'],
    ['fragmented MP4', () => new Mp4OutputFormat({ fastStart: 'fragmented' }), 'video/mp4'],
  ]
  const rows = []
  for (const [container, format, type] of formats) {
    for (const start of [0, 60, -1]) {
      const output = new Output({ format: format(), target: new BufferTarget() })
      const source = new EncodedVideoPacketSource('vp9')
      output.addVideoTrack(source, { frameRate: 10 })
      await output.start()
      for (const { packet, meta } of encoded) await source.add(packet.clone({ timestamp: packet.timestamp + start }), meta)
      await output.finalize()
      const video = Object.assign(document.createElement('video'), { muted: true })
      video.src = URL.createObjectURL(new Blob([output.target.buffer], { type }))
      await new Promise((resolve, reject) => Object.assign(video, { onloadedmetadata: resolve, onerror: () => reject(video.error) }))
      const firstFrame = new Promise((resolve) => video.requestVideoFrameCallback((_now, { mediaTime }) => resolve(`at ${Math.floor(mediaTime)} s`)))
      void video.play().catch(() => {})
      rows.push(`${container}, packets from ${start} s on: ${video.duration} s long, first frame ${await within(5_000, firstFrame, 'never')}`)
      video.pause()
    }
  }
  return rows
}
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}`)
  await page.waitForFunction(() => 'mediabunny' in globalThis)
  const rows = await page.evaluate(tryAll)
  for (const row of rows) console.log(row)
  const wanted = [
    'WebM, packets from 60 s on: 65 s long, first frame at 60 s',
    'MP4, packets from 60 s on: 5 s long, first frame at 60 s',
    'fragmented MP4, packets from 60 s on: 65 s long, first frame at 60 s',
    'WebM, packets from -1 s on: 4 s long, first frame never',
    'MP4, packets from -1 s on: 4 s long, first frame at 0 s',
  ]
  process.exitCode = wanted.every((row) => rows.includes(row)) ? 0 : 1
} finally {
  await browser.close()
  server.close()
}
EOF
node run.mjs
