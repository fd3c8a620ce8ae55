#!/usr/bin/env bash
# Playwright's page.goBack() times out in every Chromium that it did not launch itself, although the page goes back.
#
# Valid input: a Chromium with --remote-debugging-port, chromium.connectOverCDP, two plain pages one after the other, goBack().
# Behaviour: the page comes out of the back/forward cache, for which no navigation is told that Playwright would take. The page shows
# the first document and page.url() says so; the promise ends in a TimeoutError. Playwright's own launch has
# --disable-back-forward-cache on the command line, so its users never see this; a Chromium of somebody else needs the same flag.
# Who is caught by it: every user of connectOverCDP (hosted browsers, Electron, a browser that people have open).
#
# Seen with playwright-core 1.65.1, Chromium 156.0.8078.114 (Debian):
#   as it is:                     goBack: TimeoutError, the page shows /one, page.url() ends with /one
#   --disable-back-forward-cache: goBack: resolved, the page shows /one, page.url() ends with /one
# Ends with 0 while it is so. Needs Node, npm and a Chromium: $CHROMIUM_PATH, else `chromium` on the PATH.
set -euo pipefail
CHROMIUM="${CHROMIUM_PATH:-$(command -v chromium)}"
export CHROMIUM
folder=$(mktemp -d)
trap 'rm -rf "$folder" || true' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund playwright-core@1.65.1
cat >run.mjs <<'EOF'
import { createServer } from 'node:http'
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { chromium } from 'playwright-core'
const server = createServer((request, response) => response.setHeader('content-type', 'text/html').end(`<title>${request.url}</title>${request.url}`))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${server.address().port}`
async function back(args) {
  const child = spawn(process.env.CHROMIUM, ['--headless=new', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${mkdtempSync('profile-')}`, ...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const url = await new Promise((resolve) => child.stderr.on('data', (text) => { const found = /ws:\/\/\S+/.exec(text); if (found) resolve(found[0]) }))
    const browser = await chromium.connectOverCDP(url)
    const page = browser.contexts()[0].pages()[0]
    await page.goto(`${base}/one`)
    await page.goto(`${base}/two`)
    const outcome = await page.goBack({ timeout: 5_000 }).then(() => 'resolved', (error) => error.name)
    const text = await page.evaluate(() => document.body.textContent)
    await browser.close()
    return `goBack: ${outcome}, the page shows ${text}, page.url() ends with ${new URL(page.url()).pathname}`
  } finally {
    child.kill('SIGKILL')
  }
}
const usual = await back([])
const without = await back(['--disable-back-forward-cache'])
console.log(`as it is:                        ${usual}`)
console.log(`--disable-back-forward-cache:    ${without}`)
server.close(); server.closeAllConnections()
process.exitCode = usual.includes('TimeoutError, the page shows /one') && without.includes('resolved, the page shows /one') ? 0 : 1
EOF
node run.mjs
