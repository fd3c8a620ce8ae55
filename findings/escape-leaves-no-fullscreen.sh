#!/usr/bin/env bash
# Escape by CDP leaves full screen only when the key event has a native key code.
#
# Valid input: a page in full screen after a click; page.keyboard.press('Escape').
# Behaviour: the page gets the key and stays in full screen: puppeteer sends windowsVirtualKeyCode, but no nativeVirtualKeyCode. The
# same event with any native code leaves full screen, and the page does not hear the key, as with a keyboard.
# Who is caught by it: tests of video players and games, and remote control: the way out that every person knows does nothing.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   page.keyboard.press('Escape'):     full screen: true, the page heard: Escape
#   with nativeVirtualKeyCode as well: full screen: false, the page heard:
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
  await page.setContent('<button onclick="document.documentElement.requestFullscreen()">full screen</button><script>globalThis.keys = []; addEventListener("keydown", ({ key }) => keys.push(key))</script>')
  const session = await page.createCDPSession()
  const isFull = () => page.evaluate(() => document.fullscreenElement !== null)
  const settled = () => new Promise((resolve) => setTimeout(resolve, 500))
  await page.click('button')
  await page.waitForFunction(() => document.fullscreenElement !== null)
  await page.keyboard.press('Escape')
  await settled()
  const byPuppeteer = `full screen: ${await isFull()}, the page heard: ${await page.evaluate(() => keys.splice(0).join())}`
  const escape = { key: 'Escape', code: 'Escape', windowsVirtualKeyCode: 27, nativeVirtualKeyCode: 27 }
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...escape })
  await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...escape })
  await settled()
  const withNative = `full screen: ${await isFull()}, the page heard: ${await page.evaluate(() => keys.splice(0).join())}`
  console.log(`page.keyboard.press('Escape'):   ${byPuppeteer}`)
  console.log(`with nativeVirtualKeyCode as well: ${withNative}`)
  process.exitCode = byPuppeteer === 'full screen: true, the page heard: Escape' && withNative === 'full screen: false, the page heard: ' ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
