/**
 * What each client has set of the screen of each page. Chromium drops it for everybody when the session that set it
 * ends: then the newest that another client has set is set again, else the browser is told that its own is due.
 * Knows nothing of sockets; client.ts tells what it passes and which sessions end.
 */
import type { ClientScreen, Connection } from '@tandem/browser'
import type { ClientSession } from './clientSession.ts'

type Params = Record<string, unknown>

interface Held {
  /** As the client gave it. */
  size?: Params
  touch?: boolean
}

/** Chromium's own limit. */
const MAX_LENGTH_PX = 10_000_000

export const SCREEN_METHODS: ReadonlySet<string> = new Set([
  'Emulation.setDeviceMetricsOverride',
  'Emulation.clearDeviceMetricsOverride',
  'Emulation.setTouchEmulationEnabled',
])

export class ClientScreens {
  readonly #connection: Pick<Connection, 'post'>
  readonly #tell: (targetId: string, screen: ClientScreen | null) => void
  /** By target and session, the newest last. */
  readonly #held = new Map<string, Map<string, Held>>()

  constructor(connection: Pick<Connection, 'post'>, tell: (targetId: string, screen: ClientScreen | null) => void) {
    this.#connection = connection
    this.#tell = tell
  }

  /** A command of SCREEN_METHODS goes to Chromium. */
  passed({ id, type, targetId }: ClientSession, method: string, params: Params): void {
    // A frame in a process of its own has the screen of its page.
    if (type !== 'page' || targetId === null) return
    const sessions = this.#held.get(targetId) ?? new Map<string, Held>()
    const { size, ...others } = sessions.get(id) ?? {}
    if (method === 'Emulation.clearDeviceMetricsOverride') {
      // Chromium clears nobody else's.
      if (!size) return
      sessions.set(id, others)
      return this.#lost(targetId, sessions)
    }
    if (method === 'Emulation.setDeviceMetricsOverride' && !isSize(params)) return
    // Behind the others: the last one counts.
    sessions.delete(id)
    if (method === 'Emulation.setTouchEmulationEnabled') sessions.set(id, { ...others, ...(size && { size }), touch: params['enabled'] === true })
    else sessions.set(id, { ...others, size: params })
    this.#held.set(targetId, sessions)
    this.#tell(targetId, screenOf(sessions))
  }

  /** A session is over, by the client or with its page. */
  ended({ id, targetId }: ClientSession): void {
    const sessions = targetId === null ? undefined : this.#held.get(targetId)
    const held = sessions?.get(id)
    if (targetId === null || !sessions || !held) return
    sessions.delete(id)
    if (sessions.size === 0) this.#held.delete(targetId)
    if (held.size) this.#lost(targetId, sessions)
    else this.#tell(targetId, screenOf(sessions))
  }

  /** Chromium shows the size of nobody now. */
  #lost(targetId: string, sessions: ReadonlyMap<string, Held>): void {
    const next = [...sessions].findLast(([, { size }]) => size)
    if (next) {
      const [sessionId, { size }] = next
      // It would take the same once more for what it has.
      this.#connection.post('Emulation.clearDeviceMetricsOverride', {}, sessionId)
      this.#connection.post('Emulation.setDeviceMetricsOverride', size, sessionId)
    }
    this.#tell(targetId, screenOf(sessions))
  }
}

function screenOf(sessions: ReadonlyMap<string, Held>): ClientScreen | null {
  const all = [...sessions.values()]
  const size = all.findLast((held) => held.size)?.size
  const touch = all.findLast((held) => held.touch !== undefined)?.touch ?? null
  if (!size && touch === null) return null
  return { size: size ? sizeOf(size) : null, touch }
}

/** Anything else Chromium refuses, and the page stays as it was. */
function isSize({ width, height, deviceScaleFactor }: Params): boolean {
  const isLength = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_LENGTH_PX
  return isLength(width) && isLength(height) && typeof deviceScaleFactor === 'number' && deviceScaleFactor >= 0
}

/** It is set once more in the client's own words. */
function sizeOf(params: Params): ClientScreen['size'] {
  const number = (name: string): number => {
    const value = params[name]
    return typeof value === 'number' && value > 0 ? value : 0
  }
  return { ...params, width: number('width'), height: number('height'), deviceScaleFactor: number('deviceScaleFactor'), mobile: params['mobile'] === true }
}
