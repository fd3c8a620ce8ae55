#!/usr/bin/env bash
# Overlay.setInspectMode { mode: 'none' } fails without a highlightConfig, and inspect mode stays on and eats the clicks.
#
# Valid input: inspect mode is switched on with a highlightConfig, then off with { mode: 'none' } alone: the protocol says that
# highlightConfig is optional and may be left out when the mode is off.
# Behaviour: "Internal error: highlight configuration parameter is missing", and inspect mode is as it was: clicks are answered with
# success and pick elements instead of reaching the page. With an empty highlightConfig it goes off.
# Who is caught by it: tools with a button to pick an element, and whatever sends the "off" without looking at its answer.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   mode none: Protocol error (Overlay.setInspectMode): Internal error: highlight configuration parameter is missing; three clicks, the page heard: ""
#   mode none with highlightConfig {}: answered; three clicks, the page heard: "click click click"
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
  await page.setContent(`<body style="margin:0"><button style="width:100px;height:100px">press</button>
    <script>globalThis.heard = []; addEventListener('click', (event) => heard.push(event.type), true)</script>`)
  const session = await page.createCDPSession()
  await session.send('DOM.enable')
  await session.send('Overlay.enable')
  await session.send('Overlay.setInspectMode', { mode: 'searchForNode', highlightConfig: {} })
  async function off(more) {
    const answer = await session.send('Overlay.setInspectMode', { mode: 'none', ...more }).then(() => 'answered', (error) => error.message.trim())
    for (let click = 0; click < 3; click++) await page.mouse.click(50, 50)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return `${answer}; three clicks, the page heard: "${await page.evaluate(() => heard.splice(0).join(' '))}"`
  }
  const without = await off({})
  console.log('mode none:', without)
  const empty = await off({ highlightConfig: {} })
  console.log('mode none with highlightConfig {}:', empty)
  process.exitCode = without.includes('parameter is missing') && without.endsWith('""') && empty === 'answered; three clicks, the page heard: "click click click"' ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
