/**
 * Traces of one client: of its pages, while the agent drives. A trace that runs when the fence goes up is ended then,
 * and nothing of it reaches the client any more, so that none shows what a human did. Knows which traces
 * run and whose they are; `client.ts` asks on each command, reply and event of the domain Tracing.
 */
import type { Connection, RawMessage } from '@tandem/browser'
import { TandemError } from '@tandem/protocol'
import type { ClientSession } from './clientSession.ts'
import type { Command } from './commands.ts'

/** As they are in what DevTools, Lighthouse, Playwright and Puppeteer ask for; none holds pictures, memory or what goes over the network. */
const CATEGORIES: ReadonlySet<string> = new Set([
  ...['benchmark', 'blink', 'blink.console', 'blink.user_timing', 'cc', 'devtools.timeline', 'devtools.timeline.async', 'gpu', 'input', 'interactions'],
  ...['latencyInfo', 'loading', 'navigation', 'rail', 'toplevel', 'v8', 'v8.execute', 'viz'],
  ...['', '.frame', '.invalidationTracking', '.layers', '.stack'].map((part) => `disabled-by-default-devtools.timeline${part}`),
  ...['disabled-by-default-devtools.v8-source-rundown', 'disabled-by-default-lighthouse', 'disabled-by-default-v8.cpu_profiler', 'disabled-by-default-v8.gc'],
])
const MODES: ReadonlySet<unknown> = new Set(['record-until-full', 'record-continuously', 'record-as-much-as-possible'])

/** `cut`: ended by the fence, and not yet over in Chromium. `lost`: it is over. In `told` the client knows already that it gets nothing. */
type Trace = 'running' | 'ending' | 'cut' | 'told' | 'lost'

export class Traces {
  readonly #connection: Connection
  readonly #traces = new Map<ClientSession, Trace>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Throws what is refused while the agent drives; leaves of the params what a trace of a page may have. */
  assertAllowed({ method, params }: Command, session: ClientSession): void {
    const trace = this.#traces.get(session)
    if (method === 'Tracing.end' && (trace === 'cut' || trace === 'lost')) {
      if (trace === 'cut') this.#traces.set(session, 'told')
      else this.#traces.delete(session)
      throw refused(method, 'The trace was ended when a human took control, and what it had recorded is gone. Start another one.')
    }
    if (method !== 'Tracing.start') return
    if (session.type !== 'page')
      throw refused(method, 'Only pages are traced here: start the trace in the session of one, as `browser.startTracing(page)` does.')
    if (trace === 'cut' || trace === 'told') throw refused(method, 'The trace before this one is still being ended. Try again in a moment.')
    // Chromium's refusal of a second one would be taken for the end of the first.
    if (trace === 'running' || trace === 'ending') throw refused(method, 'A trace of this page has been started already. End it first.')
    narrow(params)
  }

  /** A command of the domain has been sent for the client. */
  sent(method: string, session: ClientSession): void {
    const trace = this.#traces.get(session)
    if (method === 'Tracing.start' && (trace === undefined || trace === 'lost')) this.#traces.set(session, 'running')
    else if (method === 'Tracing.end' && trace === 'running') this.#traces.set(session, 'ending')
  }

  /** Chromium has not begun: it runs one trace at a time, which may be another client's. */
  failed(session: ClientSession): void {
    this.#traces.delete(session)
  }

  /** An event of the domain; false: the client must not see it. */
  heard(raw: RawMessage, session: ClientSession): boolean {
    const trace = this.#traces.get(session)
    const isCut = trace === 'cut' || trace === 'told'
    if (raw.method !== 'Tracing.tracingComplete') return !isCut
    const stream = raw.parse().params?.['stream']
    if (isCut && typeof stream === 'string') this.#connection.post('IO.close', { handle: stream }, session.id)
    if (trace === 'cut') this.#traces.set(session, 'lost')
    else this.#traces.delete(session)
    return !isCut
  }

  /** The fence goes up. Answers with the sessions whose client waits for a trace that will not come. */
  cut(): ClientSession[] {
    const waiting: ClientSession[] = []
    for (const [session, trace] of this.#traces) {
      // Chromium takes it also before it has answered the start.
      if (trace === 'running') this.#connection.post('Tracing.end', {}, session.id)
      if (trace === 'ending') waiting.push(session)
      if (trace === 'running' || trace === 'ending') this.#traces.set(session, trace === 'running' ? 'cut' : 'told')
    }
    return waiting
  }

  /** The session is gone; Chromium ends its trace by itself. */
  ended(session: ClientSession): void {
    this.#traces.delete(session)
  }
}

/** Throws for what cannot be read here; all else that may not be traced is left out, as a category that Chromium does not know would be. */
function narrow(params: Record<string, unknown>): void {
  if ('perfettoConfig' in params) throw refused('Tracing.start', 'A trace takes `categories` or `traceConfig` here, not `perfettoConfig`.')
  delete params['tracingBackend']
  const { traceConfig, categories, options } = params
  if (typeof traceConfig === 'object' && traceConfig !== null) {
    const { includedCategories, recordMode, enableSampling, traceBufferSizeInKb } = traceConfig as Record<string, unknown>
    const asked = Array.isArray(includedCategories) ? includedCategories : undefined
    const config: Record<string, unknown> = { includedCategories: allowed(asked), excludedCategories: ['*'] }
    if (MODES.has(recordMode) || /^record[A-Z][A-Za-z]+$/.test(String(recordMode))) config['recordMode'] = recordMode
    if (typeof enableSampling === 'boolean') config['enableSampling'] = enableSampling
    if (typeof traceBufferSizeInKb === 'number') config['traceBufferSizeInKb'] = traceBufferSizeInKb
    params['traceConfig'] = config
    return
  }
  params['categories'] = ['-*', ...allowed(typeof categories === 'string' ? categories.split(',') : undefined)].join(',')
  // Among the options are some that write into the server's console.
  if (typeof options === 'string') params['options'] = options.split(',').filter(isOption).join(',')
}

function allowed(asked: readonly unknown[] | undefined): string[] {
  const names = asked?.map((name) => String(name).trim()).filter((name) => name !== '' && !name.startsWith('-'))
  const all = [...CATEGORIES]
  if (names === undefined || names.length === 0) return all.filter((name) => !name.startsWith('disabled-by-default-'))
  return names.includes('*') ? all : names.filter((name) => CATEGORIES.has(name))
}

function isOption(option: string): boolean {
  return MODES.has(option.trim()) || /^(enable-sampling|sampling-frequency=\d{1,6})$/.test(option.trim())
}

function refused(method: string, message: string): TandemError {
  return new TandemError('gateway/method-refused', message, { method })
}
