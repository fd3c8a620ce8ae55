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
  /** They stay as long as their tabs: the end of any session of a page takes its virtual authenticators along. */
  readonly #sessions = new Map<string, Promise<CdpSession>>()

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
      const attached = await this.#session(tabId)
      if (stopped) return
      session = attached
      session.post('Page.startScreencast', CAST)
    }
    // A tab that is gone has nothing to draw.
    const start = (): void => void cast().catch(() => {})
    const timer = this.#options.isShown(tabId) ? setTimeout(start, IN_FRONT_MS) : null
    if (timer === null) start()
    return () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      session?.post('Page.stopScreencast')
    }
  }

  #session(tabId: string): Promise<CdpSession> {
    const known = this.#sessions.get(tabId)
    if (known) return known
    const opened = this.#options.attach(tabId).then((session) => {
      session.on('Page.screencastFrame', (frame) => session.post('Page.screencastFrameAck', { sessionId: frame.sessionId }))
      session.onDetached(() => this.#sessions.delete(tabId))
      return session
    })
    this.#sessions.set(tabId, opened)
    opened.catch(() => this.#sessions.delete(tabId))
    return opened
  }
}
