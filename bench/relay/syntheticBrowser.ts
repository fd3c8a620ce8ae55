/**
 * A real browser whose shared encode is made up: packets of the sizes of a text page, at a rate that does not depend
 * on the machine, so that the relay alone is measured. All else is the browser's own.
 */
import { performance } from 'node:perf_hooks'
import { launchBrowser } from '@tandem/browser'
import type { LaunchOptions, LiveBrowser, MediaMessage } from '@tandem/browser'
import { MEDIA_HEADER_BYTES, writeMediaHeader } from '@tandem/protocol'

export const FPS = 30
/** As the text page of the bench gives in AV1: key frames once, then small ones; about 35 KB/s. */
const KEY_BYTES = 38_000
const DELTA_BYTES = [640, 1_900, 820, 1_140, 1_500, 760, 1_380, 1_220]

export async function launchSynthetic(options: LaunchOptions): Promise<LiveBrowser> {
  const browser = await launchBrowser(options)
  const stream = new SyntheticStream((message) => browser.events.emit('media', message))
  const capture: LiveBrowser['capture'] = {
    ...browser.capture,
    encode: async (wanted) => {
      browser.events.emit('mediaConfig', { kind: 'video', config: 1, codec: 'av01.0.05M.08', width: 1280, height: 720 })
      stream.run(wanted !== null)
    },
    keyFrame: async () => stream.keyFrame(),
  }
  return new Proxy(browser, {
    get: (target, name) => {
      if (name === 'capture') return capture
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

class SyntheticStream {
  readonly #emit: (message: MediaMessage) => void
  #timer: NodeJS.Timeout | null = null
  #key = true
  #seq = 0
  #due = 0

  constructor(emit: (message: MediaMessage) => void) {
    this.#emit = emit
  }

  run(wanted: boolean): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#key = true
    if (!wanted) return
    this.#due = performance.now()
    this.#next()
  }

  keyFrame(): void {
    this.#key = true
  }

  /** In step with the clock, however late a timer comes. */
  #next(): void {
    this.#packet()
    this.#due += 1_000 / FPS
    this.#timer = setTimeout(() => this.#next(), Math.max(0, this.#due - performance.now()))
  }

  #packet(): void {
    const keyFrame = this.#key
    this.#key = false
    const size = keyFrame ? KEY_BYTES : (DELTA_BYTES[this.#seq % DELTA_BYTES.length] ?? 0)
    const bytes = Buffer.alloc(MEDIA_HEADER_BYTES + size, this.#seq)
    const capturedAt = performance.timeOrigin + performance.now()
    writeMediaHeader(bytes, { kind: 'video', keyFrame, config: 1, seq: ++this.#seq, capturedAt, durationUs: 0, width: 1280, height: 720 })
    this.#emit({ kind: 'video', keyFrame, config: 1, bytes })
  }
}
