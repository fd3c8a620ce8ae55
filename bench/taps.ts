/**
 * Listens in on what the client decodes by itself where no peer connection brings the picture: frames of every
 * VideoDecoder and every decoded JPEG, and the bytes of its sockets. Runs in the viewer page; the client knows nothing of it.
 */
import { bitmapLuma, frameLuma, wallClock, type OnFrame, type Region } from './decode.ts'

interface Tap {
  region: Region
  onFrame: OnFrame
}
const taps = new Set<Tap>()
const scratch = new OffscreenCanvas(2, 2)
let received = 0
let sent = 0
let broken = false

/** From now on; before the client makes its first decoder. */
export function watchDecoders(): void {
  const Decoder = globalThis.VideoDecoder
  globalThis.VideoDecoder = class extends Decoder {
    constructor(init: VideoDecoderInit) {
      super({
        ...init,
        output: (frame) => {
          if (taps.size > 0) tell(frame.clone())
          init.output(frame)
        },
      })
    }
    override decode(chunk: EncodedVideoChunk): void {
      if (broken) throw new DOMException('Broken for the measurement.', 'EncodingError')
      super.decode(chunk)
    }
  }
  const decodeImage = globalThis.createImageBitmap
  globalThis.createImageBitmap = async (...args: unknown[]) => {
    // Passed on as it came; only the result is looked at.
    const bitmap = await (decodeImage as (...args: unknown[]) => Promise<ImageBitmap>)(...args)
    const at = wallClock()
    for (const { region, onFrame } of taps) onFrame(at, bitmapLuma(bitmap, region, scratch))
    return bitmap
  }
  const Socket = globalThis.WebSocket
  globalThis.WebSocket = class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => (received += sizeOf(data)))
    }
    override send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBuffer>): void {
      sent += sizeOf(data)
      super.send(data as string)
    }
  }
}

/** Every decoder fails from now on, as one does whose hardware is gone. */
export function breakDecoders(): void {
  broken = true
}

/** Every picture that is decoded, at that moment. Returns the stop. */
export function tapDecoders(region: Region, onFrame: OnFrame): () => void {
  const tap = { region, onFrame }
  taps.add(tap)
  return () => taps.delete(tap)
}

/** Bytes of all messages since the page began, without the frames around them. */
export function socketBytes(): { received: number; sent: number } {
  return { received, sent }
}

function tell(frame: VideoFrame): void {
  const at = wallClock()
  void Promise.all([...taps].map(async ({ region, onFrame }) => onFrame(at, await frameLuma(frame, region)))).finally(() => frame.close())
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  if (data instanceof Blob) return data.size
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0
}
