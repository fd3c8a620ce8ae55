/** What the gateway adds to a CDP round trip: `Runtime.evaluate` through it, and straight on the pipe of a Chromium of our own. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Chromium } from '@tandem/browser'
import type { Row } from '../row.ts'
import { summarize } from '../stats.ts'

type Evaluate = () => Promise<unknown>
const BLOCK = 100

/** A CDP client of a few lines over the built-in WebSocket: what it costs itself counts against the gateway. */
async function throughGateway(url: string): Promise<{ evaluate: Evaluate; close: () => void }> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('The gateway refused the socket.')))
  })
  let lastId = 0
  const pending = new Map<number, (message: { result?: Record<string, unknown>; error?: unknown }) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message: { id?: number; result?: Record<string, unknown>; error?: unknown } = JSON.parse(String(data))
    if (message.id !== undefined) pending.get(message.id)?.(message)
  })
  const send = (method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      pending.set(id, ({ result, error }) => {
        pending.delete(id)
        if (result) resolve(result)
        else reject(new Error(`${method}: ${JSON.stringify(error)}`))
      })
      socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
  const { targetInfos } = await send('Target.getTargets', {})
  const page = Array.isArray(targetInfos) ? targetInfos.find(({ type }: { type: string }) => type === 'page') : undefined
  const { sessionId } = await send('Target.attachToTarget', { targetId: page?.targetId, flatten: true })
  return { evaluate: () => send('Runtime.evaluate', { expression: '1' }, String(sessionId)), close: () => socket.close() }
}

async function onPipe(executablePath: string, url: string): Promise<{ evaluate: Evaluate; close: () => Promise<void> }> {
  const chromium = await Chromium.launch({ executablePath, profileDir: mkdtempSync(join(tmpdir(), 'tandem-bench-pipe-')) })
  const { targetId } = await chromium.connection.root.send('Target.createTarget', { url })
  const session = await chromium.connection.attach(targetId)
  return { evaluate: () => session.send('Runtime.evaluate', { expression: '1' }), close: () => chromium.close() }
}

async function time(evaluate: Evaluate, into: number[]): Promise<void> {
  for (let call = 0; call < BLOCK; call++) {
    const began = performance.now()
    await evaluate()
    into.push(performance.now() - began)
  }
}

export const gatewayRow: Row = {
  name: 'gateway',
  title: 'A CDP round trip through the gateway',
  async run(bench) {
    const product = await bench.product()
    const session = await product.create({ initial_url: bench.site.page('still') })
    const gateway = await throughGateway(session.cdpUrl)
    const pipe = await onPipe(bench.chromium, bench.site.page('still'))
    const through: number[] = []
    const straight: number[] = []
    // In turns, so that a busy moment of the machine hits both.
    for (let block = 0; block < (bench.quick ? 5 : 20); block++) {
      await time(gateway.evaluate, through)
      await time(pipe.evaluate, straight)
    }
    gateway.close()
    await pipe.close()
    await product.close(session)
    // The first block warms both up.
    const [ours, bare] = [summarize(through.slice(BLOCK)), summarize(straight.slice(BLOCK))]
    bench.add('gateway.added', ours.p50 - bare.p50)
    bench.add('gateway.pipe', bare.p50, { ...bare })
    bench.add('gateway.through', ours.p50, { ...ours })
  },
}
