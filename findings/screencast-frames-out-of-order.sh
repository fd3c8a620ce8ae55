#!/usr/bin/env bash
# Chromium's Page.screencastFrame events do not come in the order of the pictures.
#
# Valid input: a page that draws frame after frame, every other one noise; Page.startScreencast with JPEGs; every event is
# acknowledged at once, as the protocol wants it.
# Behaviour: the pictures are encoded at the same time, and one that is quick to encode overtakes the one before it. An event then
# carries an older picture (and an older metadata.timestamp) than the event before it.
# Who is caught by it: whoever shows or records "the event that came last". A page that comes to rest can leave an old picture on
# the screen; a recording steps back. Drop events whose metadata.timestamp is older than the newest one.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   300 events; an older picture than the event before: 78, with an older timestamp too: 78
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
import puppeteer from 'puppeteer-core'
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  await page.setViewport({ width: 1280, height: 720 })
  // Every frame shows its number in the colour of the left strip; every other frame is noise, whose JPEG takes longer to make.
  await page.setContent(`<body style="margin:0"><canvas width="1280" height="720"></canvas><script>
    const context = document.querySelector('canvas').getContext('2d')
    const noise = context.createImageData(1280, 720)
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256
    let n = 0
    ;(function draw() {
      n++
      if (n % 2) context.putImageData(noise, 0, 0)
      else context.clearRect(0, 0, 1280, 720)
      context.fillStyle = 'rgb(' + [n, n >> 3, n >> 6].map((bits) => (bits & 7) * 32 + 16) + ')'
      context.fillRect(0, 0, 64, 720)
      requestAnimationFrame(draw)
    })()</script>`)
  const session = await page.createCDPSession()
  const frames = []
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    session.send('Page.screencastFrameAck', { sessionId }).catch(() => {})
    frames.push({ data, timestamp: metadata.timestamp })
  })
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 80, maxWidth: 1280, maxHeight: 720 })
  while (frames.length < 300) await new Promise((resolve) => setTimeout(resolve, 50))
  await session.send('Page.stopScreencast')
  const decoder = await browser.newPage()
  const numberOf = ({ data }) =>
    decoder.evaluate(async (base64) => {
      const image = await createImageBitmap(await (await fetch('data:image/jpeg;base64,' + base64)).blob())
      const context = new OffscreenCanvas(64, 720).getContext('2d')
      context.drawImage(image, 0, 0)
      const [r, g, b] = context.getImageData(32, 360, 1, 1).data
      return (r >> 5) + ((g >> 5) << 3) + ((b >> 5) << 6)
    }, data)
  let olderPicture = 0
  let olderTimestamp = 0
  let last = await numberOf(frames[0])
  for (let i = 1; i < frames.length; i++) {
    const number = await numberOf(frames[i])
    if ((number - last + 512) % 512 > 256) {
      olderPicture++
      if (frames[i].timestamp < frames[i - 1].timestamp) olderTimestamp++
    }
    last = number
  }
  console.log(`${frames.length} events; an older picture than the event before: ${olderPicture}, with an older timestamp too: ${olderTimestamp}`)
  process.exitCode = olderPicture > 0 && olderTimestamp === olderPicture ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
