/** Times as people type and read them: `2h` on the command line, `in 2 h` in a table. */
import { UsageError } from './output.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** `3600`, `90s`, `15m`, `2h` or `7d` in seconds. @throws UsageError */
export function parseSeconds(option: string, text: string): number {
  const [, count, unit = 's'] = /^(\d+)([smhd])?$/.exec(text) ?? []
  const factor = SECONDS[unit]
  if (count === undefined || factor === undefined) throw new UsageError(`${option} takes a time such as 90s, 15m, 2h, 7d or whole seconds; it was ${text}.`)
  return Number(count) * factor
}

/** `in 2 h`, `3 min ago`, `now`. */
export function fromNow(iso: string, now = Date.now()): string {
  const ms = Date.parse(iso) - now
  const seconds = Math.round(Math.abs(ms) / 1_000)
  if (seconds < 1) return 'now'
  const [count, unit] =
    seconds < 90
      ? [seconds, 's']
      : seconds < 5_400
        ? [Math.round(seconds / 60), 'min']
        : seconds < 129_600
          ? [Math.round(seconds / 3_600), 'h']
          : [Math.round(seconds / 86_400), 'd']
  return ms > 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`
}

/** `2026-11-21 01:22:05`, in UTC as logs are. */
export function timestamp(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}
