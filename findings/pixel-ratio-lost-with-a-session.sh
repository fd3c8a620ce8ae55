#!/usr/bin/env bash
# When a guest's CDP session ends, the page's emulated screen is gone for its owner too, and setting it again gives pixel ratio 1.
#
# Valid input: a session emulates 1000x700 at 2. A guest emulates 500x400 at 2 and detaches. The first session sends its
# Emulation.setDeviceMetricsOverride once more.
# Behaviour: as the guest leaves, the page falls back to the window's own size instead of the owner's. The same override set again gives
# 1000x700 with devicePixelRatio 1; only Emulation.clearDeviceMetricsOverride followed by the override gives 2 again.
# Who is caught by it: whoever lets others attach to a page that it emulates, even once.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   {"first":"1000x700 at 2","theirs":"500x400 at 2","left":"780x493 at 1","again":"1000x700 at 1","cleared":"1000x700 at 2"}
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
  const own = await page.createCDPSession()
  const guest = await page.createCDPSession()
  const set = (session, width, height) => session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 2, mobile: false })
  const size = async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    return page.evaluate(() => `${innerWidth}x${innerHeight} at ${devicePixelRatio}`)
  }
  await set(own, 1000, 700)
  const first = await size()
  await set(guest, 500, 400)
  const theirs = await size()
  await guest.detach()
  const left = await size()
  await set(own, 1000, 700)
  const again = await size()
  await own.send('Emulation.clearDeviceMetricsOverride')
  await set(own, 1000, 700)
  const cleared = await size()
  console.log(JSON.stringify({ first, theirs, left, again, cleared }))
  process.exitCode = first === '1000x700 at 2' && !left.startsWith('1000x700') && again !== first && cleared === first ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
