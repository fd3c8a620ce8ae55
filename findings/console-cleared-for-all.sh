#!/usr/bin/env bash
# Runtime.discardConsoleEntries of one CDP session takes the page's messages from every session.
#
# Valid input: a page that has logged twice. Each session that sends Runtime.enable is told both, however late it comes. One session
# clears its own console with Runtime.discardConsoleEntries.
# Behaviour: nobody is told the two any more: not a session that comes later, and not the one that had been told them before and
# enables the domain again. No event says that they are gone. Messages of afterwards are kept again.
# Who is caught by it: tools that attach late and count on the messages from before (a recorder, an error report, DevTools).
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   the first session is told: one, two
#   a guest is told: one, two; it sends Runtime.discardConsoleEntries
#   the first session disables and enables, it is told:
#   a session that comes later is told:
#   the page logs once more; a session that comes later is told: three
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
  await page.setContent('<title>console</title>')
  await page.evaluate(() => { console.log('one'); console.log('two') })
  async function told(session) {
    const texts = []
    session.on('Runtime.consoleAPICalled', (event) => texts.push(event.args[0].value))
    await session.send('Runtime.enable')
    await new Promise((resolve) => setTimeout(resolve, 300))
    return texts.join(', ')
  }
  const first = await page.createCDPSession()
  const before = await told(first)
  console.log('the first session is told:', before)
  const guest = await page.createCDPSession()
  console.log(`a guest is told: ${await told(guest)}; it sends Runtime.discardConsoleEntries`)
  await guest.send('Runtime.discardConsoleEntries')
  await first.send('Runtime.disable')
  const again = await told(first)
  console.log('the first session disables and enables, it is told:', again)
  const later = await told(await page.createCDPSession())
  console.log('a session that comes later is told:', later)
  await page.evaluate(() => console.log('three'))
  const after = await told(await page.createCDPSession())
  console.log('the page logs once more; a session that comes later is told:', after)
  process.exitCode = before === 'one, two' && again === '' && later === '' && after === 'three' ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
