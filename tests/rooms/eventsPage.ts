/** A page that tells whoever serves it of every event that reaches it: what a session's browser was made to do, seen from inside. */
import type { Pages } from '../harness/pages.ts'

const WAIT_MS = 20_000

/** As tests/pages/events.html tells it. */
export interface PageEvent {
  type: string
  x?: number
  y?: number
  button?: number
  detail?: number
  deltaX?: number
  deltaY?: number
  key?: string
  modifiers?: string
  fingers?: [number, number][]
  down?: number
  value?: string
}

export interface EventsPage {
  readonly url: string
  readonly events: PageEvent[]
  /** The first one from `from` on that fits, of those that came and those to come. */
  event(fits: Partial<PageEvent> | ((event: PageEvent) => boolean)): Promise<PageEvent>
  clear(): void
}

export function eventsPage(pages: Pages): EventsPage {
  const events: PageEvent[] = []
  const waiters = new Set<() => void>()
  pages.set('/events', (request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      events.push(JSON.parse(text))
      for (const wake of waiters) wake()
      response.writeHead(204).end()
    })
  })
  return {
    url: `${pages.url}/events.html`,
    events,
    clear: () => events.splice(0),
    event: (wanted) =>
      new Promise((resolve, reject) => {
        const fits = typeof wanted === 'function' ? wanted : (event: PageEvent) => matches(event, wanted)
        const settle = (): void => {
          clearTimeout(timer)
          waiters.delete(look)
        }
        const look = (): void => {
          const found = events.find(fits)
          if (!found) return
          settle()
          resolve(found)
        }
        const timer = setTimeout(() => {
          settle()
          reject(new Error(`the page had no event like ${JSON.stringify(wanted)}: ${JSON.stringify(events.slice(-30))}`))
        }, WAIT_MS)
        waiters.add(look)
        look()
      }),
  }
}

function matches(event: PageEvent, wanted: Partial<PageEvent>): boolean {
  const own: Record<string, unknown> = { ...event }
  return Object.entries(wanted).every(([name, value]) => JSON.stringify(own[name]) === JSON.stringify(value))
}
