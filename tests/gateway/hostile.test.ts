/** What a client may not do, and what it may not break: raw sockets against the gateway. */
import { connect as connectTcp } from 'node:net'
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HUMAN, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'
import { RawClient, type Reply } from '../harness/rawClient.ts'

let pages: Pages
let harness: GatewayHarness
const clients: RawClient[] = []

async function open(): Promise<RawClient> {
  const client = await RawClient.open(harness.url)
  clients.push(client)
  return client
}

beforeAll(async () => {
  pages = await servePages({ '/': '<title>start</title>' })
  harness = await startGateway()
})

afterEach(() => {
  if (harness.control.info.driver.kind === 'human') harness.control.release(HUMAN.clientId)
  harness.control.admit('look', 'agent')
  for (const client of clients.splice(0)) client.socket.terminate()
})

afterAll(async () => {
  await harness?.[Symbol.asyncDispose]()
  await pages?.close()
})

describe('refused whoever drives', () => {
  test('what would end, endanger or lead around the browser', async () => {
    const client = await open()
    for (const method of [
      'Browser.crash',
      'Browser.crashGpuProcess',
      'SystemInfo.getInfo',
      'Target.exposeDevToolsProtocol',
      'Target.sendMessageToTarget',
      'Extensions.loadUnpacked',
      'Tracing.start',
      'Tethering.bind',
      'Input.setIgnoreInputEvents',
      // They go on under the hands of a human, whatever becomes of their client.
      'Input.synthesizePinchGesture',
      'Input.synthesizeScrollGesture',
      'Input.synthesizeTapGesture',
    ]) {
      const { error } = await client.send(method)
      expect(error?.data, method).toMatchObject({ code: 'gateway/method-refused', retry: false, method })
    }
    expect((await client.send('Target.createTarget', { url: 'about:blank', hidden: true })).error?.data).toMatchObject({ code: 'gateway/method-refused' })
    expect((await client.send('Browser.getVersion')).result).toBeDefined()
  })

  test('addresses that a human may not open either', async () => {
    const client = await open()
    const { sessionId } = await client.page()
    for (const url of [
      'file:///etc/passwd',
      'chrome://settings',
      'javascript:alert(1)',
      ' \tfi\nle:///etc/passwd',
      'view-source:file:///etc/passwd',
      'chrome-extension://abc/x.html',
      'devtools://devtools/x',
    ]) {
      for (const reply of [await client.send('Target.createTarget', { url }), await client.send('Page.navigate', { url }, sessionId)]) {
        expect(reply.error?.data, url).toMatchObject({ code: 'browser/url-refused' })
      }
    }
    expect((await client.send('Page.navigate', { url: pages.url }, sessionId)).result).toBeDefined()
  })

  test('hidden targets: they are in no list, no event, and cannot be reached', async () => {
    const { connection } = harness.chromium
    const before = await open()
    await before.send('Target.setDiscoverTargets', { discover: true })
    await before.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
    const { targetId } = await connection.root.send('Target.createTarget', { url: 'data:text/html,hidden', hidden: true })
    harness.hidden.add(targetId)
    const hidden = await connection.attach(targetId)
    await expect.poll(async () => (await hidden.send('Runtime.evaluate', { expression: 'document.body.textContent' })).result.value).toBe('hidden')
    const client = await open()
    await client.send('Target.setDiscoverTargets', { discover: true })
    await client.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
    await client.send('Target.getTargets')
    await hidden.send('Runtime.evaluate', { expression: 'document.title = "changed"' })
    expect(JSON.stringify(client.messages)).not.toContain(targetId)
    for (const method of ['Target.attachToTarget', 'Target.getTargetInfo', 'Target.closeTarget', 'Target.activateTarget', 'Target.autoAttachRelated']) {
      expect((await client.send(method, { targetId, flatten: true })).error?.data, method).toMatchObject({ code: 'gateway/target-hidden' })
    }
    await connection.root.send('Target.closeTarget', { targetId })
    // Nor did the one that watched while it was made, and whose auto-attach would have held it up.
    expect(JSON.stringify(before.messages)).not.toContain(targetId)
  })

  test('but not a page that a site leads to the address of an extension: it stays with the agent', async () => {
    const client = await open()
    await client.send('Target.setDiscoverTargets', { discover: true })
    const { targetId, sessionId } = await client.page(pages.url)
    const listed = async () => JSON.stringify((await client.send('Target.getTargets')).result).includes(targetId)
    await client.send('Runtime.evaluate', { expression: `location.href = 'chrome-extension://${'a'.repeat(32)}/x.html'` }, sessionId)
    await expect
      .poll(async () => JSON.stringify((await harness.chromium.connection.root.send('Target.getTargetInfo', { targetId })).targetInfo))
      .toContain('extension')
    await client.send('Target.getTargets')
    expect((await client.send('Page.navigate', { url: pages.url }, sessionId)).result).toBeDefined()
    await expect.poll(listed).toBe(true)
    expect((await client.send('Target.closeTarget', { targetId })).result).toEqual({ success: true })
    await expect.poll(() => client.messages.some(({ method, params }) => method === 'Target.targetDestroyed' && params?.['targetId'] === targetId)).toBe(true)
  })

  test("another client's session", async () => {
    const [one, two] = [await open(), await open()]
    const { sessionId } = await one.page()
    expect((await one.send('Runtime.evaluate', { expression: '1' }, sessionId)).result).toBeDefined()
    expect((await two.send('Runtime.evaluate', { expression: '1' }, sessionId)).error).toMatchObject({ code: -32001 })
    expect((await two.send('Target.detachFromTarget', { sessionId })).error).toBeDefined()
    expect((await one.send('Runtime.evaluate', { expression: '1' }, sessionId)).result).toBeDefined()
  })

  test("the server's own sessions are invisible", async () => {
    const client = await open()
    await client.send('Target.setDiscoverTargets', { discover: true })
    await client.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true })
    const own = await harness.chromium.connection.root.send('Target.attachToBrowserTarget')
    const page = await client.page(pages.url)
    const session = await harness.chromium.connection.attach(page.targetId)
    await session.send('Runtime.enable')
    await client.send('Target.getTargets')
    expect(JSON.stringify(client.messages)).not.toContain(own.sessionId)
    expect(JSON.stringify(client.messages)).not.toContain(String(session.id))
  })
})

describe('the fence holds against', () => {
  test('methods that nobody knows: Chromium answers while the agent drives, the fence while a human does', async () => {
    const client = await open()
    const { sessionId } = await client.page()
    expect((await client.send('Page.unheardOf', {}, sessionId)).error).toMatchObject({ code: -32601 })
    await harness.control.takeover(HUMAN)
    expect((await client.send('Page.unheardOf', {}, sessionId)).error?.data).toMatchObject({ code: 'control/human-driving' })
  })

  test('scripts that would run at once, new root sessions, and emulation in a page that is set up', async () => {
    const client = await open()
    const { targetId, sessionId } = await client.page(pages.url)
    await client.send('Runtime.evaluate', { expression: '1' }, sessionId)
    await harness.control.takeover(HUMAN)
    const root = String((await client.send('Target.attachToBrowserTarget')).result?.['sessionId'])
    const again = String((await client.send('Target.attachToTarget', { targetId, flatten: true }, root)).result?.['sessionId'])
    // A session that was just made, to a page that was there before, is no set-up of a new page.
    const fresh = String((await client.send('Target.attachToTarget', { targetId, flatten: true })).result?.['sessionId'])
    const source = '// comment\u2028document.title="x"'
    for (const [method, params, session] of [
      ['Page.addScriptToEvaluateOnNewDocument', { source, runImmediately: true }, sessionId],
      ['Page.addScriptToEvaluateOnNewDocument', { source, runImmediately: true }, fresh],
      ['Page.addScriptToEvaluateOnNewDocument', { source }, fresh],
      ['Emulation.setScriptExecutionDisabled', { value: true }, fresh],
      ['Network.setBlockedURLs', { urls: ['*'] }, fresh],
      ['Emulation.setScriptExecutionDisabled', { value: true }, sessionId],
      ['Target.createTarget', { url: 'about:blank' }, root],
      ['Input.insertText', { text: 'x' }, again],
      ['Target.closeTarget', { targetId }, root],
    ] as const) {
      expect((await client.send(method, params, session)).error?.data, method).toMatchObject({ code: 'control/human-driving' })
    }
    expect((await client.send('Runtime.evaluate', { expression: 'document.title="x"' }, again)).result?.['exceptionDetails']).toBeDefined()
    const human = await harness.chromium.connection.attach(targetId)
    expect((await human.send('Runtime.evaluate', { expression: 'document.title' })).result.value).toBe('start')
    // What clients need to connect is answered; the page keeps its size all the same.
    const { result: before } = await human.send('Runtime.evaluate', { expression: 'innerWidth' })
    const metrics = { width: 200, height: 100, deviceScaleFactor: 1, mobile: false }
    expect(await client.send('Emulation.setDeviceMetricsOverride', metrics, fresh)).toMatchObject({ result: {} })
    expect(await client.send('Page.addScriptToEvaluateOnNewDocument', { source: '\n//# sourceURL=x', worldName: 'x' }, fresh)).toHaveProperty(
      'result.identifier',
    )
    expect((await human.send('Runtime.evaluate', { expression: 'innerWidth' })).result).toEqual(before)
  })

  test('[CTL20] asking after the handback for what a human sent and got', async () => {
    const client = await open()
    const { targetId, sessionId } = await client.page(pages.url)
    await client.send('Network.enable', {}, sessionId)
    const requests = () => client.messages.flatMap(({ method, params }) => (method === 'Network.requestWillBeSent' ? [String(params?.['requestId'])] : []))
    const finished = async (id: string | undefined) => {
      await expect.poll(() => client.messages.some(({ method, params }) => method === 'Network.loadingFinished' && params?.['requestId'] === id)).toBe(true)
    }
    const post = (body: string) => `void fetch('/?login', { method: 'POST', body: '${body}' }).then((answer) => answer.text())`
    await harness.control.takeover(HUMAN)
    const human = await harness.chromium.connection.attach(targetId)
    await human.send('Runtime.evaluate', { expression: post('hunter2') })
    await expect.poll(requests).toHaveLength(1)
    await finished(requests()[0])
    harness.control.release(HUMAN.clientId)
    harness.control.admit('look', 'agent')
    for (const method of ['Network.getRequestPostData', 'Network.getResponseBody']) {
      const reply = await client.send(method, { requestId: requests()[0] }, sessionId)
      expect(reply.error?.data, method).toMatchObject({ code: 'gateway/method-refused' })
    }
    expect(JSON.stringify(client.messages)).not.toContain('hunter2')
    // Its own requests are the agent's.
    await client.send('Runtime.evaluate', { expression: post('mine') }, sessionId)
    await expect.poll(requests).toHaveLength(2)
    await finished(requests()[1])
    expect((await client.send('Network.getRequestPostData', { requestId: requests()[1] }, sessionId)).result).toMatchObject({ postData: 'mine' })
  })

  test('a flood: of the commands sent around the takeover, none reaches the page after the grant', async () => {
    const client = await open()
    const { targetId, sessionId } = await client.page(pages.url)
    await client.send('Runtime.evaluate', { expression: 'globalThis.count = 0' }, sessionId)
    const replies: Promise<Reply>[] = []
    const flood = (n: number) => {
      for (let i = 0; i < n; i++) replies.push(client.send('Runtime.evaluate', { expression: '++count' }, sessionId))
    }
    flood(500)
    // Some are answered, some are in flight, some are still to be read.
    await replies[10]
    const granted = harness.control.takeover(HUMAN)
    flood(500)
    await granted
    const human = await harness.chromium.connection.attach(targetId)
    const count = async () => Number((await human.send('Runtime.evaluate', { expression: 'count' })).result.value)
    const atGrant = await count()
    flood(500)
    const answers = await Promise.all(replies)
    expect(await count()).toBe(atGrant)
    const passed = answers.filter(({ result }) => result && !result['exceptionDetails'])
    expect(passed.length).toBeLessThanOrEqual(atGrant)
    expect(passed.length).toBeGreaterThan(0)
    expect(answers).toHaveLength(1_500)
  })

  test('a breakpoint of a client: the page that a human drives does not stand still', async () => {
    const client = await open()
    const { targetId, sessionId } = await client.page(pages.url)
    await client.send('Debugger.enable', {}, sessionId)
    await client.send('Runtime.evaluate', { expression: 'globalThis.ticks = 0; setInterval(() => { debugger; ticks++ }, 20); 0' }, sessionId)
    await expect.poll(() => client.messages.some(({ method }) => method === 'Debugger.paused')).toBe(true)
    // It stands still now; from the grant on it runs, and at the next breakpoint it runs on.
    await harness.control.takeover(HUMAN)
    const human = await harness.chromium.connection.attach(targetId)
    const ticks = async () => Number((await human.send('Runtime.evaluate', { expression: 'ticks' })).result.value)
    await expect.poll(ticks).toBeGreaterThan(3)
    await client.send('Debugger.disable', {}, sessionId)
  })

  test('a client that never lets a popup run: the human is not kept waiting', async () => {
    const client = await open()
    const { targetId } = await client.page(pages.url)
    await client.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
    await harness.control.takeover(HUMAN)
    const human = await harness.chromium.connection.attach(targetId)
    await human.send('Runtime.evaluate', { expression: `window.open('${pages.url}/?popup')`, userGesture: true })
    await expect
      .poll(() => client.messages.some(({ method, params }) => method === 'Target.attachedToTarget' && params?.['waitingForDebugger'] === true))
      .toBe(true)
    await expect
      .poll(async () =>
        (await harness.chromium.connection.root.send('Target.getTargets')).targetInfos.some(({ url, title }) => url.endsWith('?popup') && title === 'start'),
      )
      .toBe(true)
  })

  test('sessions inside of sessions, which nobody here could let run: workers and frames of the human would stand still', async () => {
    const client = await open()
    const { targetId, sessionId } = await client.page(pages.url)
    for (const method of ['Target.setAutoAttach', 'Target.attachToTarget']) {
      const { error } = await client.send(method, { targetId, autoAttach: true, waitForDebuggerOnStart: true }, sessionId)
      expect(error?.data, method).toMatchObject({ code: 'gateway/method-refused', method })
    }
    await harness.control.takeover(HUMAN)
    const human = await harness.chromium.connection.attach(targetId)
    const expression = `new Promise((resolve) => (new Worker(URL.createObjectURL(new Blob(['postMessage("runs")']))).onmessage = ({ data }) => resolve(data)))`
    expect((await human.send('Runtime.evaluate', { expression, awaitPromise: true })).result.value).toBe('runs')
  })
})

describe('bad clients', () => {
  test('text that is not JSON closes the socket with 4400', async () => {
    for (const text of ['{', 'null', '[]', '{"method":"x"}', '"x"', '{"id":"1","method":"x"}']) {
      const client = await open()
      client.socket.send(text)
      expect(await client.closed, text).toBe(4400)
    }
  })

  test('a message over the limit closes the socket with 1009, one below it is taken', async () => {
    const client = await open()
    const { sessionId } = await client.page()
    const large = await client.send('Runtime.evaluate', { expression: `'${'x'.repeat(8 * 1024 * 1024)}'.length` }, sessionId)
    expect(large.result?.['result']).toMatchObject({ value: 8 * 1024 * 1024 })
    client.socket.send(Buffer.alloc(80 * 1024 * 1024 + 1, 0x20))
    expect(await client.closed).toBe(1009)
  })

  test('a command of the wrong shape is answered, and the client goes on', async () => {
    const client = await open()
    let deep: unknown = 1
    for (let i = 0; i < 2_000; i++) deep = [deep]
    for (const message of [
      { id: 9 },
      { id: 9, method: 5 },
      { id: 9, method: 'x', params: [] },
      { id: 9, method: 'x', sessionId: 5 },
      { id: 9, method: 'x', params: { deep } },
    ]) {
      const answered = new Promise<Reply>((resolve) => client.socket.once('message', (data) => resolve(JSON.parse(String(data)))))
      client.socket.send(JSON.stringify(message))
      expect((await answered).error?.message).toContain('request/invalid')
    }
    expect((await client.send('Browser.getVersion')).result).toBeDefined()
  })

  test('a parameter of the wrong kind, where the gateway itself looks at it, is answered like any other', async () => {
    const client = await open()
    const { sessionId } = await client.page()
    // It has no primitive form: whoever makes a text of it throws.
    const odd = { toString: 1, valueOf: 1 }
    expect((await client.send('Page.createIsolatedWorld', { frameId: 'x', worldName: odd }, sessionId)).error).toBeDefined()
    await client.send('Page.createIsolatedWorld', { frameId: 'x', worldName: '__playwright_utility_world__' }, sessionId)
    await harness.control.takeover(HUMAN)
    expect((await client.send('Target.closeTarget', { targetId: odd })).error).toBeDefined()
    expect((await client.send('Browser.getVersion')).result).toBeDefined()
  })

  test('strange text is answered by Chromium itself', async () => {
    const client = await open()
    const { sessionId } = await client.page()
    for (const expression of ['"\ud800"', '"\u0000"', '"\u2028 \u{1f600}"', '"</script>"']) {
      expect((await client.send('Runtime.evaluate', { expression }, sessionId)).id, expression).toBeDefined()
    }
  })

  test('a client that asks for much gets it, and what was asked behind it', async () => {
    const client = await open()
    const { sessionId } = await client.page()
    const much = 40 * 1024 * 1024
    const [large, small] = await Promise.all(
      [`'x'.repeat(${much})`, '42'].map((expression) => client.send('Runtime.evaluate', { expression, returnByValue: true }, sessionId)),
    )
    const lengthOf = ({ result }: Reply): number => String((result?.['result'] as { value?: unknown } | undefined)?.value).length
    expect([large, small].map((reply) => reply && lengthOf(reply))).toEqual([much, 2])
  })

  test('a client that does not read is cut off with 4408, and others are unharmed', async () => {
    const slow = await open()
    const other = await open()
    const { sessionId } = await slow.page()
    const expression = `'x'.repeat(${4 * 1024 * 1024})`
    await slow.send('Runtime.evaluate', { expression }, sessionId)
    const before = harness.gateway.clients.length
    slow.socket.pause()
    for (let i = 0; i < 40; i++) slow.socket.send(JSON.stringify({ id: 1_000 + i, method: 'Runtime.evaluate', params: { expression }, sessionId }))
    await expect.poll(() => harness.gateway.clients.length, { timeout: 20_000 }).toBe(before - 1)
    expect((await other.send('Browser.getVersion')).result).toBeDefined()
    slow.socket.resume()
    expect([4408, 1006]).toContain(await slow.closed)
  })

  test('a client that vanishes leaves nothing behind', async () => {
    await using other = await startGateway({ limits: { drainMs: 120_000 } })
    const client = await RawClient.open(other.url)
    const { sessionId } = await client.page(pages.url)
    void client.send('Runtime.evaluate', { expression: 'new Promise(() => {})', awaitPromise: true }, sessionId)
    await client.send('Runtime.evaluate', { expression: '1' }, sessionId)
    client.socket.terminate()
    await expect.poll(() => other.gateway.clients.length).toBe(0)
    // Nothing of it is in flight any more: the grant does not wait for the drain to run out, which is longer than a test may take.
    expect((await other.control.takeover(HUMAN)).state).toBe('human-driving')
  })

  test('bytes that are no WebSocket do not harm the others', async () => {
    const client = await open()
    const { port } = new URL(harness.url)
    const tcp = connectTcp(Number(port), '127.0.0.1')
    tcp.on('error', () => {})
    tcp.write(randomBytes(1_000))
    expect((await client.send('Browser.getVersion')).result).toBeDefined()
    tcp.destroy()
  })

  test('the end of the session closes the sockets, and later clients are refused', async () => {
    await using other = await startGateway()
    const client = await RawClient.open(other.url)
    await client.send('Browser.getVersion')
    other.gateway.close('The session was closed.')
    other.gateway.close('twice')
    expect(await client.closed).toBe(4410)
    expect(await (await RawClient.open(other.url)).closed).toBe(4410)
  })

  test('the end of Chromium closes the sockets', async () => {
    await using other = await startGateway()
    const client = await RawClient.open(other.url)
    await client.send('Browser.getVersion')
    process.kill(other.chromium.pid, 'SIGKILL')
    expect(await client.closed).toBe(4503)
  })
})
