/** Keeps from clients what runs beside the page's own scripts: they watch and measure the page, not us. */
import { WORLD, type RawMessage } from '@tandem/browser'

const TELLING: ReadonlySet<string> = new Set(['Debugger.scriptParsed', 'Runtime.executionContextCreated'])
const COVERAGE: ReadonlySet<string> = new Set(['Profiler.takePreciseCoverage', 'Profiler.getBestEffortCoverage'])

/** An event that tells of a script of ours, or of the context in which it runs. */
export function tellsOfOurs(method: string, raw: RawMessage): boolean {
  return TELLING.has(method) && raw.mentions(WORLD)
}

/** The result of a command in which our scripts are among the page's; null: they are not. */
export function withoutOurs(method: string, raw: RawMessage): Record<string, unknown> | null {
  if (!COVERAGE.has(method) || !raw.mentions(WORLD)) return null
  const { result } = raw.parse()
  const scripts: unknown = result?.['result']
  return Array.isArray(scripts) ? { ...result, result: scripts.filter((script: { url?: unknown }) => script.url !== WORLD) } : null
}
