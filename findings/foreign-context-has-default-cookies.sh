#!/usr/bin/env bash
# A page of another client's browser context looks as if it were one of the default context, with the default context's cookies.
#
# Valid input: one connectOverCDP client makes a context of its own, opens a page there and sets a cookie; the default context has
# another value for the same cookie. A second client connects and looks at that page.
# Behaviour: the second client sees one context, and the page in it. In the page document.cookie is the isolated context's value;
# page.context().cookies() gives the default context's. Setting cookies or clearing them hits the wrong profile as well.
# Who is caught by it: whoever connects to a browser that others use too (hosted browsers, monitors, a second worker).
# Storage.getCookies with the browserContextId of Target.getTargets is right.
#
# Seen with playwright-core 1.65.1, Chromium 156.0.8078.114 (Debian):
#   contexts that the second client sees: 1
#   its page of the isolated context: document.cookie is who=isolated, page.context().cookies() is who=default
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
const server = createServer((request, response) => response.setHeader('content-type', 'text/html').end('page'))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${server.address().port}`
const child = spawn(process.env.CHROMIUM, ['--headless=new', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${mkdtempSync('profile-')}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
try {
  const url = await new Promise((resolve) => child.stderr.on('data', (text) => { const found = /ws:\/\/\S+/.exec(text); if (found) resolve(found[0]) }))
  const owner = await chromium.connectOverCDP(url)
  const isolated = await owner.newContext()
  const page = await isolated.newPage()
  await page.goto(base)
  await isolated.addCookies([{ name: 'who', value: 'isolated', url: base }])
  await owner.contexts()[0].addCookies([{ name: 'who', value: 'default', url: base }])
  const other = await chromium.connectOverCDP(url)
  console.log('contexts that the second client sees:', other.contexts().length)
  const seen = other.contexts().flatMap((context) => context.pages()).find((each) => each.url().startsWith(base))
  const inPage = await seen.evaluate(() => document.cookie)
  const asked = (await seen.context().cookies()).map(({ name, value }) => `${name}=${value}`).join()
  console.log(`its page of the isolated context: document.cookie is ${inPage}, page.context().cookies() is ${asked}`)
  process.exitCode = other.contexts().length === 1 && inPage === 'who=isolated' && asked === 'who=default' ? 0 : 1
} finally {
  child.kill('SIGKILL')
  server.close(); server.closeAllConnections()
}
EOF
node run.mjs
