/**
 * When a page at rest is asked for its picture again: after these waits, and then for as long as it gives none, because
 * nothing else would ever bring one. However slow a machine is, it gets there.
 */
export function* askWaits(waits: readonly [number, ...number[]]): Generator<number> {
  let last = waits[0]
  for (const wait of waits) yield (last = wait)
  for (;;) yield last
}
