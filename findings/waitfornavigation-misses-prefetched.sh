#!/usr/bin/env bash
# Puppeteer's page.waitForNavigation() misses a navigation to a page that was prefetched by speculation rules.
#
# Valid input: a page with <script type="speculationrules"> that prefetches /next, as WordPress writes it by default, and a link to it;
# the usual Promise.all of waitForNavigation() and click().
# Behaviour: the page is at /next and can be read, and waitForNavigation ends in a TimeoutError: the request of the prefetched document
# is told, its response is not, and Puppeteer waits for that. Without the rule the same code resolves at once.
# Who is caught by it: whoever clicks links of sites with speculation rules. Wait for something on the page instead.
#
# Seen with puppeteer-core 25.16.0, Chromium 156.0.8078.114 (Debian):
#   a plain page:            waitForNavigation: resolved, the page shows next
#   with a rule to prefetch: waitForNavigation: TimeoutError, the page shows next
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
const RULES = '<script type="speculationrules">{"prefetch":[{"urls":["/next"],"eagerness":"immediate"}]}</script>'
let prefetched
const wasPrefetched = () => new Promise((resolve) => (prefetched = resolve))
const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/html').end(request.url.startsWith('/next') ? '<h1>next</h1>' : `${request.url === '/rules' ? RULES : ''}<a href="/next">next</a>`)
  if (request.headers['sec-purpose']) prefetched?.()
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${server.address().port}`
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
try {
  const follow = async (path) => {
    const page = await browser.newPage()
    const arrived = wasPrefetched()
    await page.goto(base + path)
    if (path === '/rules') { await arrived; await new Promise((resolve) => setTimeout(resolve, 500)) }
    const [outcome] = await Promise.all([page.waitForNavigation({ timeout: 5_000 }).then(() => 'resolved', (error) => error.name), page.click('a')])
    return `waitForNavigation: ${outcome}, the page shows ${await page.$eval('h1', ({ textContent }) => textContent)}`
  }
  const plain = await follow('/plain')
  const rules = await follow('/rules')
  console.log(`a plain page:             ${plain}`)
  console.log(`with a rule to prefetch: ${rules}`)
  process.exitCode = plain === 'waitForNavigation: resolved, the page shows next' && rules === 'waitForNavigation: TimeoutError, the page shows next' ? 0 : 1
} finally {
  await browser.close()
  server.close(); server.closeAllConnections()
}
EOF
node run.mjs
