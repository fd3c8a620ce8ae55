#!/usr/bin/env bash
# A drag of 300 px by CDP touch events scrolls a page by 427 px, and stays there.
#
# Valid input: on a phone's page touchStart at y=600, touchMove to 584, 4 ms later touchMove to 300; the finger rests and is taken
# away. 285 px are right: 300 less the slop of 15.
# Behaviour: for a smooth scroll Chromium guesses from the last two moves where the finger will be when the frame is shown. When no
# move follows within 20 ms, the wrong guess is never taken back. Moves 16 ms apart end anywhere between 135 and 425.
# With --disable-features=ResamplingScrollEvents it is 285 each time.
# Who is caught by it: remote control of phone pages, and tests that scroll by touch and then look at a position.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   as it is:                       scrollY 427 427 285 427 427 427 428 427 428 427 427 427 427 285 427 427 427 427 428 285
#   without ResamplingScrollEvents: scrollY 285 285 285 285 285 285 285 285 285 285 285 285 285 285 285 285 285 285 285 285
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
const DRAGS = 20
async function drag(args) {
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', ...args] })
  try {
    const page = await browser.newPage()
    await page.setViewport({ width: 400, height: 800, isMobile: true, hasTouch: true })
    await page.setContent('<meta name="viewport" content="width=device-width"><body style="margin:0;height:3000px">')
    const session = await page.createCDPSession()
    const touch = (type, y) => session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchCancel' ? [] : [{ x: 200, y }] })
    const seen = []
    for (let n = 0; n < DRAGS; n++) {
      await page.evaluate(() => new Promise((resolve) => (scrollTo(0, 0), requestAnimationFrame(() => requestAnimationFrame(resolve)))))
      void touch('touchStart', 600)
      void touch('touchMove', 584)
      await new Promise((resolve) => setTimeout(resolve, 4))
      await touch('touchMove', 300)
      // The finger rests; it is taken away without a fling.
      await new Promise((resolve) => setTimeout(resolve, 250))
      await touch('touchCancel')
      seen.push(await page.evaluate(() => Math.round(scrollY)))
    }
    return seen
  } finally {
    await browser.close()
  }
}
const usual = await drag([])
const without = await drag(['--disable-features=ResamplingScrollEvents'])
console.log(`as it is:                      scrollY ${usual.join(' ')}`)
console.log(`without ResamplingScrollEvents: scrollY ${without.join(' ')}`)
// 300 px less the slop of 15.
process.exitCode = usual.filter((y) => y > 300).length >= 3 && without.every((y) => y === 285) ? 0 : 1
EOF
node run.mjs
