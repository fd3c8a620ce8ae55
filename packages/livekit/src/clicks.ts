/** The dialect says of every press that it is the first. Which one it is follows from when and where the one before was. */
const TOGETHER_MS = 500
const TOGETHER_PIXELS = 4
const MAX_CLICKS = 3

export class Clicks {
  #last = { button: -1, x: 0, y: 0, at: -Infinity, count: 0 }

  /** The number of this press: 2 of a double click, 3 of a triple. `at`: ms, on any one clock. */
  press(button: number, x: number, y: number, at: number): number {
    const last = this.#last
    const together = button === last.button && at - last.at <= TOGETHER_MS && Math.abs(x - last.x) <= TOGETHER_PIXELS && Math.abs(y - last.y) <= TOGETHER_PIXELS
    const count = together && last.count < MAX_CLICKS ? last.count + 1 : 1
    this.#last = { button, x, y, at, count }
    return count
  }

  /** Of the press that this release ends. */
  get count(): number {
    return Math.max(1, this.#last.count)
  }
}
