#!/usr/bin/env bash
# The clickCount of mouseReleased counts for nothing: with 0 it clicks all the same.
#
# Valid input: Input.dispatchMouseEvent on a button: mousePressed and mouseReleased with a clickCount each.
# Behaviour: the page hears what the press said. Pressed with 1 and released with 0 it hears a click, pressed with 2 and released with 0
# a click and a dblclick; pressed with 0 and released with 1 no click at all. All three events carry the press's number as `detail`.
# Who is caught by it: whoever has to let go of a button without a click, because a drag was called off or somebody else takes the mouse
# over: there is no release without one. Moved off first, at best beside the viewport, it clicks a common ancestor and not the element.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   pressed with 1, released with 0: mousedown 1, mouseup 1, click 1 on button
#   pressed with 2, released with 0: mousedown 2, mouseup 2, click 2 on button, dblclick 2 on button
#   pressed with 0, released with 1: mousedown 0, mouseup 0
#   pressed with 1, released with 0 over the other button: mousedown 1, mouseup 1, click 1 on body
#   pressed with 1, released with 0 beside the viewport: mousedown 1, mouseup 1, click 1 on html
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
  await page.setContent(`<body style="margin:0"><button style="width:100px;height:100px">press</button><button style="position:fixed;left:300px;top:0;width:100px;height:100px">other</button>
    <script>globalThis.heard = []; for (const type of ['mousedown', 'mouseup', 'click', 'dblclick']) addEventListener(type, (event) => heard.push(type + ' ' + event.detail + (type.endsWith('click') ? ' on ' + event.target.localName : '')), true)</script>`)
  const session = await page.createCDPSession()
  const mouse = (type, clickCount, x) => session.send('Input.dispatchMouseEvent', { type, x, y: 50, button: 'left', clickCount })
  async function press(pressed, released, where = '', x = 50) {
    await mouse('mousePressed', pressed, 50)
    await mouse('mouseReleased', released, x)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const heard = await page.evaluate(() => heard.splice(0).join(', '))
    console.log(`pressed with ${pressed}, released with ${released}${where}: ${heard}`)
    return heard
  }
  const one = await press(1, 0)
  const two = await press(2, 0)
  const none = await press(0, 1)
  const over = await press(1, 0, ' over the other button', 350)
  const beside = await press(1, 0, ' beside the viewport', -10)
  process.exitCode = one.endsWith('click 1 on button') && two.endsWith('dblclick 2 on button') && !none.includes('click') && over.includes('click 1 on') && beside.includes('click 1 on') ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
