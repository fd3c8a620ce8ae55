/** The known word that is the fewest changed letters away from what somebody wrote. */
export function nearest(word: string, known: readonly string[]): string {
  const scored = known.map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
  return scored.reduce((best, next) => (next.distance < best.distance ? next : best), { candidate: '', distance: Infinity }).candidate
}

/** Levenshtein's: one row of the table at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
