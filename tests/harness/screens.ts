/**
 * The Chromiums of people who watch. A start takes a second of a core, so the files of a worker share one for each set of
 * flags; what keeps people apart is their browser context. `clearScreens` follows each file (tests/setup.ts) and ends
 * what the file left open. A test that kills its Chromium, or needs another window or network, has one of its own.
 */
import puppeteer from 'puppeteer-core'
import type { Browser } from 'puppeteer-core'

/** `npm test` says which one it found or installed. */
export const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

const FLAGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ...['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio', '--disable-quic'],
  ...['--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows'],
  // Renderers of Chromium's own, that nobody sees: a third of a start.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess',
  '--allow-loopback-in-peer-connection',
]

export interface ScreenOptions {
  executablePath?: string
  args?: readonly string[]
  acceptInsecureCerts?: boolean
}

const shared = new Map<string, Promise<Browser>>()

/** That of this worker; it is not closed by who got it. */
export async function sharedScreen(args: readonly string[] = []): Promise<Browser> {
  const key = args.join(' ')
  const running = await shared.get(key)
  if (running?.connected) return running
  const started = ownScreen({ args })
  shared.set(key, started)
  return started
}

/** One that the test may do with as it likes, and closes. */
export function ownScreen({ executablePath = CHROMIUM, args = [], acceptInsecureCerts }: ScreenOptions = {}): Promise<Browser> {
  return puppeteer.launch({ executablePath, headless: true, pipe: true, defaultViewport: null, acceptInsecureCerts, args: [...FLAGS, ...args] })
}

/** Each shared Chromium as it was: no context but its own, which holds one empty page. */
export async function clearScreens(): Promise<void> {
  for (const screen of shared.values()) {
    const browser = await screen.catch(() => null)
    if (!browser?.connected) continue
    const own = browser.defaultBrowserContext()
    await Promise.all(browser.browserContexts().flatMap((context) => (context === own ? [] : [context.close().catch(() => undefined)])))
  }
}
