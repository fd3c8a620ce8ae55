#!/usr/bin/env bash
# When any CDP session of a page ends, the virtual authenticators of every other session are gone, with their credentials.
#
# Valid input: a session enables WebAuthn and adds a virtual authenticator, and the page makes a credential on it. A second session of
# the same page attaches, sends nothing at all, and detaches.
# Behaviour: the first session is told that its environment "has not been enabled for this session". After it enables WebAuthn again its
# authenticator and the credential are still gone. No event tells it.
# Who is caught by it: passkey tests next to a second tool, or with a library that makes a session for a moment (newCDPSession and
# detach): the next sign-in finds no authenticator.
#
# Seen with Chromium 156.0.8078.114 (Debian), through puppeteer-core 25.16.0:
#   the page makes a credential; the first session reads: 1 credential
#   a guest has attached: 1 credential
#   the guest has detached: Protocol error (WebAuthn.getCredentials): The Virtual Authenticator Environment has not been enabled for this session
#   the first session enables WebAuthn again: Protocol error (WebAuthn.getCredentials): Could not find a Virtual Authenticator matching the ID
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
const server = createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>sign up</title>'))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  await page.goto(`http://localhost:${server.address().port}/`)
  const first = await page.createCDPSession()
  await first.send('WebAuthn.enable')
  const { authenticatorId } = await first.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } })
  const read = () => first.send('WebAuthn.getCredentials', { authenticatorId }).then(({ credentials }) => `${credentials.length} credential`, (error) => error.message)
  await page.evaluate(() => navigator.credentials.create({ publicKey: { challenge: new Uint8Array(16), rp: { name: 'shop' }, user: { id: new Uint8Array([1]), name: 'me', displayName: 'me' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] } }).then(() => undefined))
  console.log('the page makes a credential; the first session reads:', await read())
  const guest = await page.createCDPSession()
  const attached = await read()
  console.log('a guest has attached:', attached)
  await guest.detach()
  const gone = await read()
  console.log('the guest has detached:', gone)
  await first.send('WebAuthn.enable')
  const again = await read()
  console.log('the first session enables WebAuthn again:', again)
  process.exitCode = attached === '1 credential' && gone.includes('has not been enabled') && again.includes('Could not find') ? 0 : 1
} finally {
  await browser.close()
  server.close(); server.closeAllConnections()
}
EOF
node run.mjs
