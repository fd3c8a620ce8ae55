#!/usr/bin/env bash
# Input.insertText writes into a field that no longer has the focus.
#
# Valid input: a text field and a button. The field is clicked, then the button is clicked; document.activeElement is the button.
# Behaviour: a key goes to the button, as the focus says. Input.insertText (page.keyboard.sendCharacter, Playwright's
# keyboard.insertText) writes into the text field that had the focus before.
# Who is caught by it: whoever pastes a text "where the focus is": it lands in the field of the step before. Ask for the focused element first.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   document.activeElement is BUTTON; a key goes there: the field has ""; Input.insertText goes into the field: "secret"
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
  await page.setContent('<input id="name"><button>next</button>')
  const session = await page.createCDPSession()
  await page.click('#name')
  await page.click('button')
  const focused = await page.evaluate(() => document.activeElement.tagName)
  await page.keyboard.type('a')
  const typed = await page.$eval('#name', ({ value }) => value)
  await session.send('Input.insertText', { text: 'secret' })
  const inserted = await page.$eval('#name', ({ value }) => value)
  console.log(`document.activeElement is ${focused}; a key goes there: the field has "${typed}"; Input.insertText goes into the field: "${inserted}"`)
  process.exitCode = focused === 'BUTTON' && typed === '' && inserted === 'secret' ? 0 : 1
} finally {
  await browser.close()
}
EOF
node run.mjs
