#!/usr/bin/env bash
# A WebCodecs VideoEncoder that is asked for 100 kbit/s gives 2.6 to 3.4 Mbit/s, drops no frame and reports nothing.
#
# Valid input: 1280x720, 30 frames a second, latencyMode 'realtime', bitrateMode 'variable', bitrate 100,000; two seconds of a picture
# that changes everywhere.
# Behaviour: AV1, VP8 and VP9 alike send all 60 frames at their lowest quality, 25 to 34 times the bitrate. Nothing says so: no
# error, and VideoEncoder.isConfigSupported says yes.
# Who is caught by it: whoever sends over a narrow link and trusts the number: count the bytes and skip frames before the encoder.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   {"codec":"av01.0.05M.08","asked":100000,"got":2596404,"chunks":60}
#   {"codec":"vp8","asked":100000,"got":3369256,"chunks":60}
#   {"codec":"vp09.00.31.08","asked":100000,"got":2835304,"chunks":60}
# Ends with 0 while it is so. Needs Node, npm and a Chromium: $CHROMIUM_PATH, else `chromium` on the PATH.
set -euo pipefail
CHROMIUM="${CHROMIUM_PATH:-$(command -v chromium)}"
export CHROMIUM
folder=$(mktemp -d)
trap 'rm -rf "$folder" || true' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund puppeteer-core@25.16.0
cat >run.mjs <<'EOF'
import { createServer } from 'node:http'
import puppeteer from 'puppeteer-core'
const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>a secure context</title>'))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
const encode = async (codec) => {
  const [width, height, framerate, frames, asked] = [1280, 720, 30, 60, 100_000]
  let bytes = 0
  let chunks = 0
  let failure = null
  const encoder = new VideoEncoder({ output: (chunk) => ((bytes += chunk.byteLength), chunks++), error: (error) => (failure = error.message) })
  encoder.configure({ codec, width, height, bitrate: asked, framerate, latencyMode: 'realtime', bitrateMode: 'variable' })
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  for (let n = 0; n < frames; n++) {
    for (let y = 0; y < height; y += 24) {
      for (let x = 0; x < width; x += 24) {
        context.fillStyle = `hsl(${(x * 7 + y * 13 + n * 37) % 360} 90% ${30 + ((x + y + n * 11) % 40)}%)`
        context.fillRect(x, y, 24, 24)
      }
    }
    const frame = new VideoFrame(canvas, { timestamp: (n * 1e6) / framerate })
    encoder.encode(frame, { keyFrame: n === 0 })
    frame.close()
    while (encoder.encodeQueueSize > 2) await new Promise((resolve) => encoder.addEventListener('dequeue', resolve, { once: true }))
  }
  await encoder.flush()
  return { codec, asked, got: Math.round((bytes * 8) / (frames / framerate)), chunks, failure }
}
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}`)
  const results = []
  for (const codec of ['av01.0.05M.08', 'vp8', 'vp09.00.31.08']) results.push(await page.evaluate(encode, codec))
  for (const result of results) console.log(JSON.stringify(result))
  process.exitCode = results.every(({ asked, got, chunks, failure }) => got > 10 * asked && chunks === 60 && failure === null) ? 0 : 1
} finally {
  await browser.close()
  server.close()
}
EOF
node run.mjs
