/** Makes a page believe in the session's screen: size, pixel ratio, touch, phone. Posted, so that a paused new page has it before its first script. */
import type { Viewport } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'

const TOUCH_POINTS = 10

/** @param version As `Chrome/156.0.1.2`, for the user agent of a phone. @param before What the page believed in until now. */
export function emulate(session: CdpSession, viewport: Viewport, version: string, before?: Viewport): void {
  const { mobile, touch } = viewport
  emulateSize(session, viewport)
  if (touch || before?.touch) emulateTouch(session, touch)
  // An empty one is Chromium's own again.
  if (before?.mobile && !mobile) session.post('Emulation.setUserAgentOverride', { userAgent: '' })
  if (mobile) session.post('Emulation.setUserAgentOverride', phone(version))
}

export function emulateSize(session: CdpSession, viewport: Size): void {
  const { width, height, scale, mobile } = viewport
  const screen = mobile ? { screenWidth: width, screenHeight: height, screenOrientation: orientation(viewport) } : {}
  session.post('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile, ...screen })
}

export function emulateTouch(session: CdpSession, enabled: boolean): void {
  session.post('Emulation.setTouchEmulationEnabled', enabled ? { enabled, maxTouchPoints: TOUCH_POINTS } : { enabled })
}

type Size = Omit<Viewport, 'touch'>

function orientation({ width, height }: Size): { type: 'portraitPrimary' | 'landscapePrimary'; angle: number } {
  return width > height ? { type: 'landscapePrimary', angle: 90 } : { type: 'portraitPrimary', angle: 0 }
}

/** The reduced user agent that Chrome itself sends on a phone: sites serve their mobile pages for this engine. */
function phone(version: string) {
  const major = /\d+/.exec(version)?.[0] ?? '150'
  const brands = [
    { brand: 'Chromium', version: major },
    { brand: 'Not=A?Brand', version: '24' },
  ]
  return {
    userAgent: `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Mobile Safari/537.36`,
    platform: 'Linux armv8l',
    userAgentMetadata: { brands, platform: 'Android', platformVersion: '10', architecture: '', model: 'K', mobile: true },
  }
}
