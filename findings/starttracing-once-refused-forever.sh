#!/usr/bin/env bash
# A browser.startTracing() that was refused once can never be started again on that connection.
#
# Valid input: two connectOverCDP clients of one Chromium, which records one trace at a time. The first records, so the second is
# refused, rightly. The first stops. The second tries again.
# Behaviour: "Cannot start recording trace while already recording trace." Playwright notes that it records before it asks Chromium,
# and does not take that back when Chromium says no. Only a new connection helps.
# Who is caught by it: whoever waits for a trace of somebody else to end and tries again.
#
# Seen with playwright-core 1.65.1, Chromium 156.0.8078.114 (Debian):
#   first client starts: started
#   second client starts: browser.startTracing: Protocol error (Tracing.start): Tracing has already been started (possibly in another tab).
#   first client has stopped
#   second client starts again: browser.startTracing: Cannot start recording trace while already recording trace.
#   second client stops: browser.stopTracing: Protocol error (Tracing.end): Tracing is not started
#   a third client starts: started
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
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { chromium } from 'playwright-core'
const child = spawn(process.env.CHROMIUM, ['--headless=new', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${mkdtempSync('profile-')}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
try {
  const url = await new Promise((resolve) => child.stderr.on('data', (text) => { const found = /ws:\/\/\S+/.exec(text); if (found) resolve(found[0]) }))
  const one = await chromium.connectOverCDP(url)
  const two = await chromium.connectOverCDP(url)
  const start = (browser) => browser.startTracing(browser.contexts()[0].pages()[0]).then(() => 'started', (error) => error.message.split('\n')[0])
  console.log('first client starts:', await start(one))
  const refused = await start(two)
  console.log('second client starts:', refused)
  await one.stopTracing()
  console.log('first client has stopped')
  const again = await start(two)
  console.log('second client starts again:', again)
  console.log('second client stops:', await two.stopTracing().then(() => 'stopped', (error) => error.message.split('\n')[0]))
  console.log('a third client starts:', await start(await chromium.connectOverCDP(url)))
  process.exitCode = refused.includes('already been started') && again.includes('already recording') ? 0 : 1
} finally {
  child.kill('SIGKILL')
}
EOF
node run.mjs
