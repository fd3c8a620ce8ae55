/** What the page around a view says that matters to it: it is looked at or not, it goes away, its network is back. Nothing outside of pages. */
export interface PageListener {
  online(): void
  /** It is left, maybe only for a reload. */
  leaving(): void
  visible(visible: boolean): void
}

/** A page may be opened where nobody looks: a tab in the background. */
export function isHidden(): boolean {
  return typeof document !== 'undefined' && document.hidden
}

/** Until `signal` aborts. */
export function listenToPage({ online, leaving, visible }: PageListener, signal: AbortSignal): void {
  if (typeof window === 'undefined') return
  window.addEventListener('online', online, { signal })
  window.addEventListener('pagehide', leaving, { signal })
  document.addEventListener('visibilitychange', () => visible(!isHidden()), { signal })
}
