/** The gateway under CDP messages that no client sends: unknown methods, foreign sessions, wrong shapes, broken text. */
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { barrage, GROWN_MB, residentMb } from './barrage.ts'
import { Chance, FUZZ_MS } from './chance.ts'

const METHODS = [
  ...['Browser.getVersion', 'Browser.setDownloadBehavior', 'Browser.grantPermissions', 'Browser.getWindowForTarget'],
  ...['Target.getTargets', 'Target.setDiscoverTargets', 'Target.setAutoAttach', 'Target.attachToTarget', 'Target.detachFromTarget', 'Target.createTarget'],
  ...['Target.createBrowserContext', 'Target.disposeBrowserContext', 'Target.sendMessageToTarget', 'Target.exposeDevToolsProtocol', 'Target.activateTarget'],
  ...['Page.navigate', 'Page.enable', 'Page.reload', 'Page.captureScreenshot', 'Page.addScriptToEvaluateOnNewDocument', 'Page.handleJavaScriptDialog'],
  ...['Runtime.enable', 'Runtime.evaluate', 'Runtime.callFunctionOn', 'Runtime.releaseObject', 'Runtime.addBinding', 'Runtime.runIfWaitingForDebugger'],
  ...['Input.dispatchMouseEvent', 'Input.dispatchKeyEvent', 'Input.insertText', 'DOM.getDocument', 'DOM.setFileInputFiles', 'DOM.querySelector'],
  ...['Network.enable', 'Network.getResponseBody', 'Network.getAllCookies', 'Fetch.enable', 'Fetch.disable', 'Fetch.continueRequest', 'Fetch.fulfillRequest'],
  ...[
    'Emulation.setDeviceMetricsOverride',
    'Storage.getCookies',
    'Extensions.loadUnpacked',
    'Tracing.start',
    'SystemInfo.getInfo',
    'No.such',
    '',
    'Page.',
    '.',
  ],
]
const PARAMS: readonly object[] = [
  {},
  { url: 'about:blank' },
  { targetId: 'x', flatten: true },
  { discover: true },
  { autoAttach: true, waitForDebuggerOnStart: true, flatten: true },
  { expression: '1' },
  { functionDeclaration: '() => 1', objectId: '1' },
  { type: 'mouseMoved', x: 1, y: 1 },
  { type: 'keyDown', key: 'a' },
  { files: ['/etc/passwd'], nodeId: 1 },
  { requestId: '1', headers: [{ name: 'a', value: 'b' }] },
  { patterns: [{ urlPattern: '*' }] },
  { path: '/tmp' },
]

let server: ServerProcess
beforeAll(async () => {
  server = await spawnServer({ env: { TANDEM_LOG_LEVEL: 'error' } })
})
afterAll(() => server?.close())

test(
  'whatever an agent sends, the server goes on, and a real client works afterwards',
  async () => {
    const chance = new Chance()
    console.log(`FUZZ_SEED=${chance.seed}`)
    const session = await server.create()
    const before = residentMb(server)
    const sessions: string[] = []
    const targets: string[] = []
    let answered = 0
    await barrage({
      server,
      url: session.cdp.ws_url,
      opened: () => void (sessions.length = 0),
      enough: () => answered > 50,
      heard: (text) => {
        if (text.includes('"id"')) answered++
        expect(text).not.toContain('server/internal')
        // Of those that it is told of: real ids reach further than made-up ones.
        for (const [, id = ''] of text.matchAll(/"sessionId":"(\w+)"/g)) if (sessions.length < 50) sessions.push(id)
        for (const [, id = ''] of text.matchAll(/"targetId":"(\w+)"/g)) if (targets.length < 50) targets.push(id)
      },
      send: (socket) => {
        const params = { ...chance.one(PARAMS), ...(targets.length > 0 && chance.next() < 0.4 ? { targetId: chance.one(targets) } : {}) }
        const to = sessions.length > 0 && chance.next() < 0.7 ? { sessionId: chance.one(sessions) } : {}
        const message = { id: chance.below(100_000), method: chance.one(METHODS), params, ...to }
        const kind = chance.next()
        if (kind < 0.45) socket.send(JSON.stringify(message))
        else if (kind < 0.95) socket.send(chance.mutated(message))
        else if (kind < 0.97) socket.send(JSON.stringify(chance.value()))
        else if (kind < 0.985) socket.send(Buffer.from(Array.from({ length: chance.below(2_000) }, () => chance.below(256))))
        else if (kind < 0.99) socket.terminate()
        // Hundreds of windows are the machine's limit, not the gateway's.
        if (targets.length >= 40) {
          for (const targetId of targets.splice(0))
            if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id: 1, method: 'Target.closeTarget', params: { targetId } }))
        }
      },
    })
    expect(answered).toBeGreaterThan(50)
    expect(server.stderr()).toBe('')

    await using second = await spawnAgent(session.cdp.ws_url)
    expect(await second.evaluate()).toBe(42)
    expect(residentMb(server) - before).toBeLessThan(GROWN_MB)
  },
  FUZZ_MS + 90_000,
)

/** A real client, on a page of its own. */
async function spawnAgent(url: string): Promise<AsyncDisposable & { evaluate(): Promise<unknown> }> {
  const browser = await chromium.connectOverCDP(url)
  const context = browser.contexts()[0] ?? (await browser.newContext())
  const page = await context.newPage()
  await page.goto('data:text/html,<title>alive</title>')
  return { evaluate: () => page.evaluate('6 * 7'), [Symbol.asyncDispose]: () => browser.close() }
}
