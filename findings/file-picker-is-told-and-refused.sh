#!/usr/bin/env bash
# showOpenFilePicker() under Page.setInterceptFileChooserDialog is told as a file chooser, but it is over by then.
#
# Valid input: interception on, as every automation client has it once it waits for a file chooser; a page that calls showOpenFilePicker().
# Behaviour: Page.fileChooserOpened comes as for <input type=file>, with the same mode, but without backendNodeId: there is no element that
# could be given files. The page has been answered with an AbortError already.
# Who is caught by it: whoever asks a person for a file on this event: they choose one, it is uploaded, and nothing arrives. Without a
# backendNodeId there is nothing to ask for.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   <input type=file>: Page.fileChooserOpened with frameId, mode, backendNodeId
#   showOpenFilePicker(): Page.fileChooserOpened with frameId, mode ; the page was answered: AbortError: Failed to execute 'showOpenFilePicker' on 'Window': Intercepted by Page.setInterceptFileChooserDialog().
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
import { createServer } from 'node:http'
import puppeteer from 'puppeteer-core'
const server = createServer((request, response) => response.setHeader('content-type', 'text/html').end(`<button id="new">new</button><input type="file"><script>
  globalThis.outcome = null
  document.querySelector('#new').onclick = () => showOpenFilePicker().then(() => (outcome = 'opened'), (error) => (outcome = error.name + ': ' + error.message))</script>`))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}`)
  const session = await page.createCDPSession()
  const events = []
  session.on('Page.fileChooserOpened', (event) => events.push(event))
  await session.send('Page.enable')
  await session.send('Page.setInterceptFileChooserDialog', { enabled: true })
  const opened = async (selector) => {
    await page.click(selector)
    for (let tries = 0; events.length === 0 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 50))
    return events.splice(0)[0]
  }
  const classic = await opened('input')
  console.log('<input type=file>: Page.fileChooserOpened with', Object.keys(classic).join(', '))
  const modern = await opened('#new')
  await new Promise((resolve) => setTimeout(resolve, 500))
  const outcome = await page.evaluate(() => outcome)
  console.log('showOpenFilePicker(): Page.fileChooserOpened with', modern ? Object.keys(modern).join(', ') : 'nothing', '; the page was answered:', outcome)
  process.exitCode = 'backendNodeId' in classic && modern && !('backendNodeId' in modern) && outcome?.startsWith('AbortError') ? 0 : 1
} finally {
  await browser.close()
  server.close(); server.closeAllConnections()
}
EOF
node run.mjs
