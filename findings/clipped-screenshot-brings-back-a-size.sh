#!/usr/bin/env bash
# A screenshot with a clip puts back the size that its own CDP session asked for some time ago, whoever has set another since.
#
# Valid input: session one sets a page of 1280x720, later session two sets 800x600. Session one takes a picture of 100x100 px.
# Behaviour: the page is 1280x720 afterwards: the shot sets an emulation of its own for a moment, then brings back that of its session.
# Who is caught by it: two clients of one page (a monitor that takes thumbnails, an agent that sets a viewport): the layout jumps for
# good, and clicks that are sent for the other size miss.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   session one sets 1280x720, session two 800x600; the page is 800x600 at 1; session one takes a picture of 100x100; the page is 1280x720 at 1
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
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'], defaultViewport: null })
try {
  const page = await browser.newPage()
  const one = await page.createCDPSession()
  const two = await page.createCDPSession()
  const set = (session, width, height, deviceScaleFactor = 1) => session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor, mobile: false })
  const size = async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    return page.evaluate(() => `${innerWidth}x${innerHeight} at ${devicePixelRatio}`)
  }
  await set(one, 1280, 720)
  await set(two, 800, 600)
  const before = await size()
  await one.send('Page.captureScreenshot', { clip: { x: 0, y: 0, width: 100, height: 100, scale: 1 } })
  const after = await size()
  console.log(`session one sets 1280x720, session two 800x600; the page is ${before}; session one takes a picture of 100x100; the page is ${after}`)
  process.exitCode = before.startsWith('800x600') && after.startsWith('1280x720') ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
