#!/usr/bin/env bash
# Two fingers that move twice as far apart, by CDP touch events, pinch a page to five times its size, which is as far as it goes.
#
# Valid input: on a phone's page two fingers go down 200 px apart, and move to 400 px apart in steps of 10 px, each step sent when
# the one before is answered. A hand that does the same on the screen makes the page somewhat less than twice as large.
# Behaviour: Chromium takes the coordinates of Input.dispatchTouchEvent for CSS pixels of the page as it is shown by then, and multiplies
# them with the scale that the fingers have made so far: the fingers run away from each other. Divided by
# visualViewport.scale before each step, the same way ends below twofold.
# Who is caught by it: remote control of phones' pages, and tests of maps and pictures that pinch by touch events.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   places of the screen:                      scale 5.00 5.00 5.00
#   divided by the scale before each step:     scale 1.74 1.74 1.74
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
async function pinch(divides) {
  const page = await browser.newPage()
  await page.setViewport({ width: 400, height: 800, isMobile: true, hasTouch: true })
  await page.setContent('<meta name="viewport" content="width=device-width"><body style="margin:0;height:3000px">pinch')
  const session = await page.createCDPSession()
  const scale = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(visualViewport.scale)))))
  const touch = async (type, apart) => {
    const factor = divides ? await scale() : 1
    const touchPoints = type === 'touchEnd' ? [] : [-1, 1].map((side, id) => ({ id, x: 200 / factor, y: (400 + (side * apart) / 2) / factor }))
    await session.send('Input.dispatchTouchEvent', { type, touchPoints })
  }
  await touch('touchStart', 200)
  for (let apart = 210; apart <= 400; apart += 10) await touch('touchMove', apart)
  await touch('touchEnd')
  const seen = await scale()
  await page.close()
  return seen
}
const seen = { asTheyAre: [], divided: [] }
for (let n = 0; n < 3; n++) {
  seen.asTheyAre.push(await pinch(false))
  seen.divided.push(await pinch(true))
}
await browser.close()
const shown = (scales) => scales.map((scale) => scale.toFixed(2)).join(' ')
console.log(`places of the screen:                      scale ${shown(seen.asTheyAre)}`)
console.log(`divided by the scale before each step:     scale ${shown(seen.divided)}`)
process.exitCode = seen.asTheyAre.every((scale) => scale > 3) && seen.divided.every((scale) => scale > 1.3 && scale < 2.2) ? 0 : 1
EOF
node run.mjs
