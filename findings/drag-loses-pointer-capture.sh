#!/usr/bin/env bash
# A drag by CDP loses the page's pointer capture when its moves say `buttons: 1` and leave out `button: 'left'`.
#
# Valid input: an element that calls setPointerCapture() on pointerdown, as sliders and drag handles do. Press on it, move off it, release.
# By the protocol's words `buttons` says which buttons are held; `button` is one button, 'none' by default, as on a move none changes.
# Behaviour: the button counts. With `button: 'left'` on the move, `buttons` left out, the capture works and the page reads
# event.buttons 1. With `buttons: 1` alone the page reads event.buttons 1 too, but the capture is gone without an event (no
# gotpointercapture, no lostpointercapture), and moves and pointerup go to what lies under the pointer.
# Who is caught by it: whoever drives drags by CDP: the slider is never let go. Send both on every move.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   neither:        pointerdown on div, pointermove (buttons 0) on button, pointerup on button
#   buttons: 1:     pointerdown on div, pointermove (buttons 1) on button, pointerup on button
#   button: 'left': pointerdown on div, gotpointercapture on div, pointermove (buttons 1) on div, pointerup on div, lostpointercapture on div
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
  await page.setContent(`<body style="margin:0"><div id="slider" style="width:100px;height:100px;background:red"></div><button style="position:fixed;left:300px;top:0;width:100px;height:100px">other</button>
    <script>globalThis.heard = []
      slider.addEventListener('pointerdown', (event) => slider.setPointerCapture(event.pointerId))
      for (const type of ['pointerdown', 'gotpointercapture', 'pointermove', 'pointerup', 'lostpointercapture'])
        addEventListener(type, (event) => heard.push(type + (type === 'pointermove' ? ' (buttons ' + event.buttons + ')' : '') + ' on ' + event.target.localName), true)</script>`)
  const session = await page.createCDPSession()
  const mouse = (type, x, more) => session.send('Input.dispatchMouseEvent', { type, x, y: 50, ...more })
  async function drag(move) {
    await mouse('mouseMoved', 50, {})
    await page.evaluate(() => heard.splice(0))
    await mouse('mousePressed', 50, { button: 'left', clickCount: 1 })
    await mouse('mouseMoved', 350, move)
    await mouse('mouseReleased', 350, { button: 'left', clickCount: 1 })
    await new Promise((resolve) => setTimeout(resolve, 300))
    return page.evaluate(() => heard.splice(0).join(', '))
  }
  const neither = await drag({})
  const buttons = await drag({ buttons: 1 })
  const button = await drag({ button: 'left' })
  console.log(`neither:        ${neither}`)
  console.log(`buttons: 1:     ${buttons}`)
  console.log(`button: 'left': ${button}`)
  process.exitCode = buttons.includes('(buttons 1) on button, pointerup on button') && !buttons.includes('capture') && button.includes('(buttons 1) on div, pointerup on div') ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
