#!/usr/bin/env bash
# A drag of 300 px by CDP touch events scrolls a page by 95 px when a screenshot is being taken, and after two at once it stays so.
#
# Valid input: one session sets a phone of 402x874 with a pixel ratio of 3, sends Page.captureScreenshot, and in the meantime touchStart
# at y=600 and touchMove to 300; the finger rests and is taken away. 285 px are right: 300 less the slop of 15.
# Behaviour: Chromium shows the page at the scale of the picture while it takes it, and counts the fingers by that: 285 / 3 = 95, and
# with a clip of scale 0.796 285 / 2.388 = 119. Two pictures at once on that session leave the scale behind: each later drag counts a
# third, also after a reload, until the emulation is set again. The page's own devicePixelRatio and innerWidth tell nothing of it.
# A session that does not hold the emulation harms no drag, but its pictures are 402 px wide, not 1206.
# CDPScreenshotNewSurface, enabled or disabled, makes no difference.
# Who is caught by it: remote control of phone pages that takes pictures in between, and tests that scroll by touch and take screenshots.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   no picture:                         scrollY 285 285 285 285 285 285 285 285 285 285
#   during a picture:                   scrollY 95 95 95 95 95 95 95 95 95 95
#   during a picture, clip scale 0.796: scrollY 119 120 119 120 119 120 119 120 119 120
#   during a picture, other session:    scrollY 285 285 285 285 285 285 285 285 285 285
#   no picture again:                   scrollY 285 285 285 285 285 285 285 285 285 285
#   after two pictures at once:         scrollY 95 95 95 95 95 95 95 95 95 95
#   the same emulation set again:       scrollY 285 285 285 285 285 285 285 285 285 285
#   width of a picture, other session:  1206 402
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
const DRAGS = 10
// Without the guess of touch-scroll-overshoots.sh, which would mix in.
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  defaultViewport: null,
  args: ['--no-sandbox', '--disable-features=ResamplingScrollEvents'],
})
const page = await browser.newPage()
// One session does it all: it holds the emulation, moves the finger and takes the pictures.
const session = await page.createCDPSession()
const emulate = () => session.send('Emulation.setDeviceMetricsOverride', { width: 402, height: 874, deviceScaleFactor: 3, mobile: true })
const touch = (type, y) => session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchCancel' ? [] : [{ x: 200, y }] })
const picture = (params, by = session) => by.send('Page.captureScreenshot', params)
const clip = { x: 0, y: 0, width: 402, height: 874, scale: 0.796 }
async function drags(params, by) {
  const seen = []
  for (let n = 0; n < DRAGS; n++) {
    await page.evaluate(() => new Promise((resolve) => (scrollTo(0, 0), requestAnimationFrame(() => requestAnimationFrame(resolve)))))
    // The picture takes some 100 ms. The finger moves in the first of them.
    await Promise.all([params ? picture(params, by) : undefined, touch('touchStart', 600), touch('touchMove', 300)])
    // The finger rests; it is taken away without a fling.
    await new Promise((resolve) => setTimeout(resolve, 150))
    await touch('touchCancel')
    seen.push(await page.evaluate(() => Math.round(scrollY)))
  }
  return seen
}
await emulate()
await session.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 1 })
await page.setContent('<meta name="viewport" content="width=device-width"><body style="margin:0;height:3000px">')
const before = await drags()
const during = await drags({})
const clipped = await drags({ clip })
const elsewhere = await page.createCDPSession()
const byOther = await drags({}, elsewhere)
const width = async (by) => Buffer.from((await picture({}, by)).data, 'base64').readUInt32BE(16)
const widths = [await width(session), await width(elsewhere)]
const after = await drags()
await Promise.all([picture({}), picture({})])
const stuck = await drags()
await emulate()
const again = await drags()
await browser.close()
console.log(`no picture:                         scrollY ${before.join(' ')}`)
console.log(`during a picture:                   scrollY ${during.join(' ')}`)
console.log(`during a picture, clip scale 0.796: scrollY ${clipped.join(' ')}`)
console.log(`during a picture, other session:    scrollY ${byOther.join(' ')}`)
console.log(`no picture again:                   scrollY ${after.join(' ')}`)
console.log(`after two pictures at once:         scrollY ${stuck.join(' ')}`)
console.log(`the same emulation set again:       scrollY ${again.join(' ')}`)
console.log(`width of a picture, other session:  ${widths.join(' ')}`)
// 300 px less the slop of 15; divided by 3, or by 3 * 0.796. A picture can be done before the finger moves: most, not all.
const count = (seen, wanted) => seen.filter((y) => Math.abs(y - wanted) <= 1).length
const all = (seen, wanted) => count(seen, wanted) === DRAGS
const most = (seen, wanted) => count(seen, wanted) >= 6
process.exitCode = all(before, 285) && most(during, 95) && most(clipped, 119) && all(byOther, 285) && all(after, 285) && all(stuck, 95) && all(again, 285) ? 0 : 1
EOF
node run.mjs
