import { describe, expect, it } from 'vitest'
import { Lateness } from './lateness.ts'

const INTERVAL_US = 16_666

/** Feeds a run of frames drawn `phaseMs` after the display's tick (with a little scatter); counts the wishes. */
class Display {
  readonly lateness = new Lateness()
  #tick = 1_000

  frames(count: number, phaseMs: number, scatterMs = 0.6): number {
    let wishes = 0
    for (let i = 0; i < count; i++) {
      this.#tick++
      const drawn = this.#tick * INTERVAL_US + Math.round((phaseMs + (i % 3 === 0 ? scatterMs : 0)) * 1_000)
      if (this.lateness.frame(drawn, drawn / 1_000)) wishes++
    }
    return wishes
  }

  rest(intervals: number): void {
    this.#tick += intervals
  }
}

describe('lateness', () => {
  it('a page whose frames are drawn as long after the tick as it paints is good and left alone', () => {
    const display = new Display()
    expect(display.frames(120, 1.4)).toBe(0)
    expect(display.lateness.info).toEqual({ state: 'good', lateBy: 0, applied: 0 })
  })

  it('a page whose frames are drawn at the tick is late and asks once, not at each run', () => {
    const display = new Display()
    expect(display.frames(60, 0.3)).toBe(1)
    expect(display.lateness.info).toEqual({ state: 'late', lateBy: 1, applied: 1 })
  })

  it('a quiet frame that helped is held, and a jank later asks again', () => {
    const display = new Display()
    display.frames(12, 0.3)
    display.rest(1)
    expect(display.frames(60, 1.4)).toBe(0)
    expect(display.lateness.info.state).toBe('holding')
    display.rest(6)
    expect(display.frames(12, 0.3)).toBe(1)
    expect(display.lateness.info.applied).toBe(2)
  })

  it('a page that does not answer is asked less and less', () => {
    const display = new Display()
    const asked = display.frames(60 * 120, 0.3)
    expect(asked).toBeGreaterThan(2)
    expect(asked).toBeLessThan(8)
  })

  it('a page that was helped once and no longer answers is left alone in the end', () => {
    const display = new Display()
    display.frames(12, 0.3)
    display.rest(1)
    display.frames(60, 1.4)
    display.rest(6)
    expect(display.frames(60 * 60, 0.3)).toBeLessThan(25)
    expect(display.frames(60 * 120, 0.3)).toBeLessThan(5)
  })

  it('frames that the compositor draws at the tick, all alike, count as good once quiet frames had no effect', () => {
    const display = new Display()
    display.frames(60 * 60, 0.3, 0.05)
    expect(display.lateness.info).toMatchObject({ state: 'good', lateBy: 0 })
  })

  it('a page that rests between its frames is never asked', () => {
    const display = new Display()
    let asked = 0
    for (let i = 0; i < 200; i++) {
      display.rest(1)
      asked += display.frames(1, 0.3)
    }
    expect(asked).toBe(0)
    expect(display.lateness.info.state).toBe('resting')
  })

  it('forbidden, it says off and asks for nothing', () => {
    const display = new Display()
    display.lateness.allow(false)
    expect(display.frames(600, 0.3)).toBe(0)
    expect(display.lateness.info).toMatchObject({ state: 'off', applied: 0 })
  })

  it('frames scattered over the interval say nothing', () => {
    const display = new Display()
    expect(display.frames(600, 0.3, 12)).toBe(0)
    expect(display.frames(600, 0.3, 8.2)).toBe(0)
    expect(display.lateness.info.state).toBe('unknown')
  })

  it('once frames scatter it says that it does not know, instead of what was true before', () => {
    const display = new Display()
    display.frames(60, 1.4)
    expect(display.lateness.info.state).toBe('good')
    display.frames(30, 0.3, 12)
    expect(display.lateness.info.state).toBe('good')
    display.frames(90, 0.3, 12)
    expect(display.lateness.info).toMatchObject({ state: 'unknown', lateBy: 0 })
    display.rest(1)
    display.frames(24, 1.4)
    expect(display.lateness.info.state).toBe('good')
  })

  it('a page that is late again right after its quiet frame is helped again within half a second', () => {
    const display = new Display()
    display.frames(12, 1.4)
    expect(display.frames(12, 0.3)).toBe(1)
    // The quiet frame, and with it a jank.
    display.rest(1)
    expect(display.frames(30, 0.3)).toBe(1)
  })

  it('no frame for half a second is a rest', () => {
    const display = new Display()
    display.frames(60, 1.4)
    display.lateness.idle(1e12)
    expect(display.lateness.info.state).toBe('resting')
  })
})
