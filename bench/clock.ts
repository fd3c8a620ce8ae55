/**
 * The clock that the measured pages paint: a row of 40x40 cells along the top, black is 1. Cells 0-15 hold
 * the low 16 bits of the wall clock in ms, 16-19 their check sum, 20 is black and 21 white, so that a
 * receiver knows the clock from any other picture. `pages/clock.js` paints it, this file reads it.
 */
export const CELL = 40
export const CLOCK_BITS = 16
const CHECK_BITS = 4
export const CLOCK_CELLS = CLOCK_BITS + CHECK_BITS + 2
/** Milliseconds until the clock starts again; latencies are taken modulo this. */
export const CLOCK_WRAP_MS = 2 ** CLOCK_BITS

/** The check sum of a time: its four nibbles added. */
export function clockCheck(ms: number): number {
  return ((ms & 15) + ((ms >> 4) & 15) + ((ms >> 8) & 15) + ((ms >> 12) & 15)) & 15
}

/**
 * Reads the clock from a luminance reader in page pixels. Null when this is no picture of the clock:
 * another page, or a frame so damaged that the check sum fails.
 */
export function readClock(luma: (x: number, y: number) => number): number | null {
  let bits = 0
  for (let cell = 0; cell < CLOCK_CELLS; cell++) if (luma(cell * CELL + CELL / 2, CELL / 2) < 128) bits |= 1 << cell
  const ms = bits & 0xffff
  const check = (bits >> CLOCK_BITS) & 15
  const marks = (bits >> (CLOCK_BITS + CHECK_BITS)) & 3
  return marks === 1 && check === clockCheck(ms) ? ms : null
}

/** Age in ms of a clock reading at `now` (ms, same clock, any offset of whole wraps); fractions of `now` are kept. */
export function clockAge(reading: number, now: number): number {
  const age = (now - reading) % CLOCK_WRAP_MS
  return age < 0 ? age + CLOCK_WRAP_MS : age
}
