#!/usr/bin/env bash
# A drag that a CDP session began outlives the session, and swallows all input of every other session, with success.
#
# Valid input: a page with a draggable element. One session presses the mouse on it, moves and detaches. Another session of the same
# page then releases the button, clicks on a button and types a key.
# Behaviour: each of these commands is answered with success and none of them reaches the page. Input.dispatchDragEvent with
# dragCancel, from any session, ends the drag; after that clicks and keys arrive again.
# Who is caught by it: tools where two clients share a page: an agent and a person, a test and a recorder, a client that reconnects.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   the first session pressed, dragged and detached; the page heard: mousedown dragstart
#   the second session releases, clicks and types, each answered with success; the page heard: ""
#   after dragCancel it clicks and types once more; the page heard: "dragend mousedown click keydown"
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
  await page.setContent(`<body style="margin:0"><div draggable="true" style="width:100px;height:100px;background:red"></div><button style="position:fixed;left:300px;top:0;width:100px;height:100px">press</button>
    <script>globalThis.heard = []; for (const type of ['dragstart', 'dragend', 'mousedown', 'click', 'keydown']) addEventListener(type, () => heard.push(type), true)</script>`)
  const first = await page.createCDPSession()
  const mouse = (session, type, x, y) => session.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 })
  await mouse(first, 'mousePressed', 50, 50)
  for (const x of [60, 80, 120]) await mouse(first, 'mouseMoved', x, 50)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await first.detach()
  const heard = () => page.evaluate(() => heard.splice(0).join(' '))
  console.log('the first session pressed, dragged and detached; the page heard:', await heard())
  const second = await page.createCDPSession()
  const click = async () => {
    await mouse(second, 'mousePressed', 350, 50)
    await mouse(second, 'mouseReleased', 350, 50)
    await second.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'a', code: 'KeyA', text: 'a' })
    await second.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'a', code: 'KeyA' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    return heard()
  }
  await mouse(second, 'mouseReleased', 120, 50)
  const swallowed = await click()
  console.log(`the second session releases, clicks and types, each answered with success; the page heard: "${swallowed}"`)
  await second.send('Input.dispatchDragEvent', { type: 'dragCancel', x: 120, y: 50, data: { items: [], files: [], dragOperationsMask: 1 } })
  const after = await click()
  console.log(`after dragCancel it clicks and types once more; the page heard: "${after}"`)
  process.exitCode = swallowed === '' && after.includes('click') && after.includes('keydown') ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
