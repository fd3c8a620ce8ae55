/** A gateway in front of a real Chromium, without the rest of the server: for tests of control and of CDP clients. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { Chromium, Downloads, launchBrowser, type CdpSession, type LiveBrowser } from '@tandem/browser'
import { DEVICES, type Mode } from '@tandem/protocol'
import { vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../packages/server/src/control/clock.ts'
import { Control } from '../../packages/server/src/control/control.ts'
import type { ControlLimits, Party } from '../../packages/server/src/control/types.ts'
import { GATEWAY_MAX_MESSAGE_BYTES } from '../../packages/server/src/gateway/client.ts'
import { Gateway } from '../../packages/server/src/gateway/gateway.ts'

export const HUMAN: Party = { clientId: 'ann', name: 'Ann', role: 'control' }

export interface GatewayHarness extends AsyncDisposable {
  chromium: Pick<Chromium, 'connection' | 'pid' | 'close'>
  /** With its tabs and everything else of ours beside the clients, where the test asked for it. */
  live: LiveBrowser | null
  control: Control
  gateway: Gateway
  /** For `connectOverCDP` and `puppeteer.connect`; with a path behind it, of another credential. */
  url: string
  hidden: Set<string>
  /** A session of the human's own, past the gateway, to the page whose URL begins so. */
  human(urlPrefix: string): Promise<CdpSession>
}

/** For several gateways one after the other: starting it is most of what a gateway costs. */
export async function launchForGateways(): Promise<Chromium> {
  return Chromium.launch({ profileDir: await mkdtemp(join(tmpdir(), 'tandem-gateway-')) })
}

/** `chromium`: one that was there before and stays, as it was; absent, one of its own, which ends with it. */
export async function startGateway(
  options: { mode?: Mode; limits?: Partial<ControlLimits>; live?: boolean; chromium?: Chromium } = {},
): Promise<GatewayHarness> {
  const profileDir = await mkdtemp(join(tmpdir(), 'tandem-gateway-'))
  const filesDir = join(profileDir, 'files')
  const live = options.live ? await launchBrowser({ profileDir, filesDir, viewport: { ...DEVICES.desktop } }) : null
  const chromium = live ?? options.chromium ?? (await Chromium.launch({ profileDir }))
  const control = new Control({ mode: options.mode ?? 'pair', clock: systemClock, limits: options.limits })
  const hidden = new Set<string>()
  const downloadSource = live?.downloadSource ?? new Downloads(join(profileDir, 'downloads'), { defaultContextId: undefined, contextOf: () => null })
  if (!live) await downloadSource.start(chromium.connection.root)
  const own = { connection: chromium.connection, isHiddenTarget: (id: string) => hidden.has(id), isFull: false, downloadSource }
  const gateway = new Gateway({ browser: live ?? own, control })
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: GATEWAY_MAX_MESSAGE_BYTES })
  await new Promise((resolve) => sockets.once('listening', resolve))
  let clients = 0
  sockets.on('connection', (socket, { url }) =>
    gateway.accept(socket, { id: `agent_${++clients}`, name: 'agent', credential: url === undefined || url === '/' ? 'agent' : url }),
  )
  // A listening server has an address and a port.
  const { port } = sockets.address() as AddressInfo
  return {
    chromium,
    live,
    control,
    gateway,
    hidden,
    url: `ws://127.0.0.1:${port}`,
    async human(urlPrefix) {
      // A popup has its URL a moment after the client is told of it.
      const target = await vi.waitFor(async () => {
        const { targetInfos } = await chromium.connection.root.send('Target.getTargets')
        const found = targetInfos.find(({ type, url }) => type === 'page' && url.startsWith(urlPrefix))
        if (!found) throw new Error(`No page at ${urlPrefix}: ${targetInfos.map(({ url }) => url).join(' ')}`)
        return found
      }, 15_000)
      return chromium.connection.attach(target.targetId)
    },
    async [Symbol.asyncDispose]() {
      gateway.close('The test is over.')
      control.close()
      sockets.close()
      await (chromium === options.chromium ? empty(chromium) : chromium.close())
      await rm(profileDir, { recursive: true, force: true })
    },
  }
}

/** Every context and page that a test has left is closed, and its cookies are gone; one empty page is there, as after a start. */
async function empty({ connection: { root } }: Pick<Chromium, 'connection'>): Promise<void> {
  const { browserContextIds } = await root.send('Target.getBrowserContexts')
  for (const browserContextId of browserContextIds) await root.send('Target.disposeBrowserContext', { browserContextId })
  const { targetInfos } = await root.send('Target.getTargets')
  const { targetId: kept } = await root.send('Target.createTarget', { url: 'about:blank' })
  for (const { targetId, type } of targetInfos) if (type === 'page' && targetId !== kept) await root.send('Target.closeTarget', { targetId })
  await root.send('Storage.clearCookies')
}
