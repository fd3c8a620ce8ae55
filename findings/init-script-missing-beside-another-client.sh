#!/usr/bin/env bash
# With two CDP clients on a browser, a new page runs as soon as the quicker one lets it: the other's init script is missing in it.
#
# Valid input: two clients with Target.setAutoAttach { waitForDebuggerOnStart: true }, as Playwright and Puppeteer have it. Each is told
# of a new page with waitingForDebugger: true, sends Page.addScriptToEvaluateOnNewDocument, then Runtime.runIfWaitingForDebugger. The
# second client needs 400 ms to get there. A page opens a window.
# Behaviour: with one client the window waits and its first script sees the init script. With two, Runtime.runIfWaitingForDebugger of the
# first lets it run for both: the second's script is missing in the window's first document, and no answer or event says so.
# Who is caught by it: whoever attaches a second tool to an automated browser and counts on init scripts (mocks, fake clocks, recorders).
#
# Seen with Chromium 156.0.8078.114 (Debian), by its WebSocket:
#   the second client alone: about:blank has second; /window ran with second
#   both clients: about:blank has first; /window ran with first
# Ends with 0 while it is so. Needs Node 22 or newer and a Chromium: $CHROMIUM_PATH, else `chromium` on the PATH.
set -euo pipefail
CHROMIUM="${CHROMIUM_PATH:-$(command -v chromium)}"
export CHROMIUM
folder=$(mktemp -d)
trap 'rm -rf "$folder" || true' EXIT
cd "$folder"
cat >run.mjs <<'EOF'
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
const look = `['first', 'second'].filter((name) => name in scope).join(' and ')`
const server = createServer((request, response) => response.setHeader('content-type', 'text/html').end(`<script>globalThis.ran = ((scope) => ${look})(globalThis)</script>`))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time))
const child = spawn(process.env.CHROMIUM, ['--headless=new', '--no-sandbox', '--remote-debugging-port=0', '--user-data-dir=profile', `http://127.0.0.1:${server.address().port}/opener`], { stdio: ['ignore', 'ignore', 'pipe'] })
try {
  const url = await new Promise((resolve) => child.stderr.on('data', (text) => { const found = /ws:\/\/\S+/.exec(text); if (found) resolve(found[0]) }))
  await sleep(1000)
  // A client that takes its time, adds its init script to a new page and only then lets the page run. It gives back Runtime.evaluate in the opener.
  async function client(name, time) {
    const socket = new WebSocket(url)
    await new Promise((resolve) => (socket.onopen = resolve))
    const answers = []
    const send = (method, params, sessionId) => new Promise((resolve) => {
      answers.push(resolve)
      socket.send(JSON.stringify({ id: answers.length, method, params, sessionId }))
    })
    let opener
    socket.onmessage = async ({ data }) => {
      const { id, result, method, params } = JSON.parse(data)
      if (id) answers[id - 1](result)
      if (method !== 'Target.attachedToTarget' || params.targetInfo.type !== 'page') return
      if (params.targetInfo.url.endsWith('/opener')) opener = params.sessionId
      if (!params.waitingForDebugger) return
      await sleep(time)
      send('Page.enable', {}, params.sessionId)
      send('Page.addScriptToEvaluateOnNewDocument', { source: `globalThis.${name} = true`, runImmediately: true }, params.sessionId)
      send('Runtime.runIfWaitingForDebugger', {}, params.sessionId)
    }
    await send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
    await sleep(500)
    return async (expression) => (await send('Runtime.evaluate', { expression, awaitPromise: true, userGesture: true }, opener)).result.value
  }
  const second = await client('second', 400)
  async function windows() {
    const blank = await second(`{ const scope = open('about:blank'); ${look} }`)
    const ran = await second(`{ const popup = open('/window'); new Promise((resolve) => setTimeout(() => resolve(popup.ran), 1500)) }`)
    return `about:blank has ${blank}; /window ran with ${ran}`
  }
  const alone = await windows()
  console.log('the second client alone:', alone)
  await client('first', 0)
  const both = await windows()
  console.log('both clients:', both)
  process.exitCode = alone === 'about:blank has second; /window ran with second' && both === 'about:blank has first; /window ran with first' ? 0 : 1
} finally {
  child.kill('SIGKILL')
  server.close(); server.closeAllConnections()
}
process.exit()
EOF
node run.mjs
