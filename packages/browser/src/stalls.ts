/**
 * Which pages do not answer, for the gateway: a client is told of those that do. Asks every page now and then, so that
 * it is known before somebody waits. Knows nothing of clients.
 */
import type { CdpSession } from './connection.ts'
import type { PageStalls } from './contract.ts'
import type { Tab } from './tab.ts'

const ASK_EVERY_MS = 3_000
/** Where no page answers and one is on its way, a client waits for it a while: most take the first page for granted. Not longer, whenever it comes. */
const ARRIVES_WITHIN_MS = 10_000

export class Stalls implements PageStalls {
  readonly #root: CdpSession
  readonly #tabs: () => readonly Tab[]
  /** The tab target of each stalled page, by which some clients come to it. */
  readonly #tabTargets = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  constructor(root: CdpSession, tabs: () => readonly Tab[]) {
    this.#root = root
    this.#tabs = tabs
    this.#timer = setInterval(() => {
      for (const tab of tabs()) void tab.pulse.ask()
    }, ASK_EVERY_MS).unref()
  }

  async settled(): Promise<void> {
    await Promise.all(this.#tabs().map((tab) => tab.pulse.settled()))
    const tabs = this.#tabs()
    const stalled = tabs.filter(({ pulse }) => pulse.isStalled)
    const onTheirWay = stalled.length === tabs.length ? stalled.filter((tab) => tab.isOnItsWay) : []
    const leftMs = ARRIVES_WITHIN_MS - Math.min(...onTheirWay.map(({ pulse }) => pulse.stalledForMs))
    if (leftMs > 0) {
      const { promise: waited, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, leftMs).unref()
      await Promise.race([...stalled.map(({ pulse }) => pulse.ask()), waited])
      clearTimeout(timer)
    }
    if (stalled.some(({ id }) => !this.#tabTargets.has(id))) await this.#findTabTargets().catch(() => {})
  }

  has(targetId: string): boolean {
    return this.#find(targetId)?.pulse.isStalled ?? false
  }

  async over(targetId: string): Promise<void> {
    await this.#find(targetId)?.pulse.ask()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #find(targetId: string): Tab | undefined {
    return this.#tabs().find(({ id }) => id === targetId || this.#tabTargets.get(id) === targetId)
  }

  /** Chromium tells by attaching alone which page a tab has. It answers for the tab, whatever the page does. */
  async #findTabTargets(): Promise<void> {
    const pages = new Set(this.#tabs().map(({ id }) => id))
    for (const id of this.#tabTargets.keys()) if (!pages.has(id)) this.#tabTargets.delete(id)
    const { targetInfos } = await this.#root.send('Target.getTargets', { filter: [{ type: 'tab' }, { exclude: true }] })
    await Promise.all(targetInfos.map(({ targetId }) => this.#findPage(targetId).catch(() => {})))
  }

  async #findPage(tabTargetId: string): Promise<void> {
    const tab = await this.#root.connection.attach(tabTargetId)
    tab.on('Target.attachedToTarget', ({ targetInfo }) => this.#tabTargets.set(targetInfo.targetId, tabTargetId))
    const filter = [{ type: 'page' }, { exclude: true }]
    await tab.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true, filter })
    await this.#root.send('Target.detachFromTarget', { sessionId: tab.id })
  }
}
