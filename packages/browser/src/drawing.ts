/**
 * Keeps a tab drawing that nobody sees. Chromium answers a screenshot with the page's next picture, and a tab behind another
 * draws none while it is at rest: the answer comes with the next screenshot, or never. A cast of a few pixels makes it draw
 * meanwhile. The page notices nothing, neither focus nor visibility, and the tab in front stays there.
 */
import type { CdpSession } from './connection.ts'

/** A tab in front draws by itself. It may not stay there for as long as the screenshot takes. */
const IN_FRONT_MS = 500
const CAST = { format: 'jpeg', quality: 1, maxWidth: 16, maxHeight: 16 } as const

export interface DrawingOptions {
  /** A session of its own to the tab: casts of one session replace each other. */
  attach: (tabId: string) => Promise<CdpSession>
  isShown: (tabId: string) => boolean
}

export class Drawing {
  readonly #options: DrawingOptions
  /** How many need it, and how it ends. */
  readonly #tabs = new Map<string, { count: number; stop: () => void }>()

  constructor(options: DrawingOptions) {
    this.#options = options
  }

  /** From now until the answer is called. */
  keep(tabId: string): () => void {
    const kept = this.#tabs.get(tabId) ?? { count: 0, stop: this.#begin(tabId) }
    kept.count++
    this.#tabs.set(tabId, kept)
    let over = false
    return () => {
      if (over) return
      over = true
      if (--kept.count > 0) return
      this.#tabs.delete(tabId)
      kept.stop()
    }
  }

  #begin(tabId: string): () => void {
    let stopped = false
    let session: CdpSession | null = null
    const cast = async (): Promise<void> => {
      const attached = await this.#options.attach(tabId)
      if (stopped) return detach(attached)
      session = attached
      session.on('Page.screencastFrame', (frame) => attached.post('Page.screencastFrameAck', { sessionId: frame.sessionId }))
      session.post('Page.startScreencast', CAST)
    }
    // A tab that is gone has nothing to draw.
    const start = (): void => void cast().catch(() => {})
    const timer = this.#options.isShown(tabId) ? setTimeout(start, IN_FRONT_MS) : null
    if (timer === null) start()
    return () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      if (session) detach(session)
    }
  }
}

function detach(session: CdpSession): void {
  if (!session.isDetached && session.id !== undefined) session.connection.root.post('Target.detachFromTarget', { sessionId: session.id })
}
