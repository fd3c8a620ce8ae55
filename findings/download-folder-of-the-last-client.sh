#!/usr/bin/env bash
# Browser.setDownloadBehavior is one for all CDP clients of a context: the last wins, and when it leaves nobody's is in force.
#
# Valid input: two clients of one browser each send Browser.setDownloadBehavior with a folder of their own and eventsEnabled. The page
# downloads a file. The second client leaves; the page downloads it once more.
# Behaviour: the first file goes into the second client's folder; the first client is told that it is complete, with a path that is not
# its own. Afterwards the first client's choice does not come back: the file goes into the browser's own download folder.
# Who is caught by it: whoever reads <its folder>/<name> after "completed": take filePath, and set the behaviour anew.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   the first client is told: second/report.txt; its folder has 0 files, the second's 1
#   the second has left, the first is told: home/Downloads/report.txt; its folder has 0 files
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
import { mkdirSync, readdirSync } from 'node:fs'
import { relative, resolve as absolute } from 'node:path'
import puppeteer from 'puppeteer-core'
const server = createServer((request, response) => request.url === '/' ? response.setHeader('content-type', 'text/html').end('<a href=/report.txt>report</a>') : response.setHeader('content-disposition', 'attachment').end('report'))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
for (const name of ['home', 'first', 'second']) mkdirSync(name)
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'], env: { ...process.env, HOME: absolute('home'), XDG_CONFIG_HOME: absolute('home') } })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  async function client(browser, folder) {
    const session = await browser.target().createCDPSession()
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: absolute(folder), eventsEnabled: true })
    return session
  }
  const first = await client(browser, 'first')
  const other = await puppeteer.connect({ browserWSEndpoint: browser.wsEndpoint() })
  await client(other, 'second')
  async function download() {
    const told = new Promise((resolve) => first.on('Browser.downloadProgress', (event) => event.state === 'completed' && resolve(relative('.', event.filePath))))
    await page.click('a')
    return told
  }
  const shared = await download()
  console.log(`the first client is told: ${shared}; its folder has ${readdirSync('first').length} files, the second's ${readdirSync('second').length}`)
  await other.disconnect()
  const alone = await download()
  console.log(`the second has left, the first is told: ${alone}; its folder has ${readdirSync('first').length} files`)
  process.exitCode = shared === 'second/report.txt' && !alone.startsWith('first') && readdirSync('first').length === 0 ? 0 : 1
} finally {
  await browser.close()
  server.close(); server.closeAllConnections()
}
EOF
node run.mjs
