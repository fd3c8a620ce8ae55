/** The shared encode with an encoder that breaks, which Chromium's own does on no command. */
import { SHARED_ENCODE, type CaptureMessage } from '@tandem/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SharedEncode } from './encoder.ts'
import type { Source } from './tab.ts'
import type { Wire } from './wire.ts'

/** What the fakes of one test have seen. */
const seen = { messages: new Array<CaptureMessage>(), encoders: new Array<string>(), open: 0, packets: 0 }
/** How an encoder takes a frame. */
let encodes: (encoder: FakeEncoder) => void

class FakeFrame {
  readonly displayWidth = 640
  readonly displayHeight = 360
  readonly timestamp = 0
  #closed = false

  constructor() {
    seen.open++
  }

  close(): void {
    if (!this.#closed) seen.open--
    this.#closed = true
  }
}

class FakeEncoder {
  state = 'unconfigured'
  ondequeue: (() => void) | null = null
  codec = ''
  readonly #target: { output(chunk: object): void; error(error: Error): void }

  constructor(target: { output(chunk: object): void; error(error: Error): void }) {
    this.#target = target
  }

  configure({ codec }: { codec: string }): void {
    this.codec = codec
    seen.encoders.push(codec)
  }

  encode(): void {
    encodes(this)
  }

  gives(): void {
    queueMicrotask(() => this.#target.output({ type: 'key', byteLength: 1, timestamp: 0 }))
  }

  fails(): void {
    queueMicrotask(() => {
      this.state = 'closed'
      this.#target.error(new Error('broken'))
    })
  }

  async flush(): Promise<void> {}

  close(): void {
    this.state = 'closed'
  }
}

/** Gives one frame, of a page at rest. */
class FakeProcessor {
  readonly readable = new ReadableStream({ start: (controller) => controller.enqueue(new FakeFrame()) })
}

const wire = { full: false, configure: () => {}, send: () => void seen.packets++ } as unknown as Wire
const source = { video: {}, audio: null, refresh: () => {}, target: { width: 640, height: 360, scale: 1 } } as unknown as Source

function begin(codecs: string[]): SharedEncode {
  const encode = new SharedEncode({ codecs, audio: false, quality: 'auto' }, wire, () => {})
  encode.setSource(source)
  return encode
}

const said = (): CaptureMessage[] => seen.messages.filter(({ type }) => type !== 'log')

beforeEach(() => {
  vi.useFakeTimers()
  Object.assign(seen, { messages: [], encoders: [], open: 0, packets: 0 })
  const tandemEmit = (json: string): void => void seen.messages.push(JSON.parse(json))
  for (const [name, value] of Object.entries({ tandemEmit, VideoFrame: FakeFrame, VideoEncoder: FakeEncoder, MediaStreamTrackProcessor: FakeProcessor }))
    vi.stubGlobal(name, value)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('the last codec that fails is tried again later and later, and then it is said that there is none', async () => {
  encodes = (encoder) => encoder.fails()
  const encode = begin(['vp8'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen.encoders).toEqual(['vp8', 'vp8', 'vp8', 'vp8'])
  expect(said()).toEqual([{ type: 'peer', peerId: SHARED_ENCODE, state: 'failed' }])
  expect({ watching: encode.watching, open: seen.open }).toEqual({ watching: false, open: 0 })
  expect(() => encode.change({ codecs: ['vp8'], audio: false, quality: 'auto' })).toThrow('fails again and again')
})

it('an encoder that throws is no other', async () => {
  encodes = () => {
    throw new Error('broken')
  }
  begin(['vp8'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen.encoders).toHaveLength(4)
  expect(said()).toHaveLength(1)
  expect(seen.open).toBe(0)
})

it('goes on with another codec at once, and with the last one when it works again', async () => {
  let left = 3
  encodes = (encoder) => (left-- > 0 ? encoder.fails() : encoder.gives())
  const encode = begin(['av01', 'vp8'])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(seen.encoders.map((codec) => codec.slice(0, 3))).toEqual(['av0', 'vp8', 'vp8', 'vp8'])
  expect(seen.packets).toBe(1)
  expect(said()).toEqual([])
  encode.close()
})
