/**
 * The worker of the raw outlet: reads frames no faster than they are wanted, finds what changed and hands it over as
 * patches (protocol/src/rawFrames.ts). One patch is on its way at a time; the next frame is read when it has arrived,
 * so a slow reader gets fewer frames and never old ones. Bundled alone; rawFrames.ts is its other side.
 */
import { rawBytesOf, rawPatchHead, writeRawPatch, type RawRect } from '@tandem/protocol'
import { changedRects, halvedRect, RawPicture } from './rawDiff.ts'
import { toI420 } from './rawConvert.ts'

/** To the worker. `arrived`: the patch was read, here is its memory back. */
export type RawWorkerRequest =
  | { type: 'feed'; frames: ReadableStream<VideoFrame> | null; fps: number }
  | { type: 'arrived'; buffer: ArrayBuffer }
  | { type: 'whole' }

/** From the worker: the patch is the first `length` bytes. */
export type RawWorkerReply = { type: 'patch'; buffer: ArrayBuffer; length: number } | { type: 'failed'; reason: string }

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<RawWorkerRequest>) => void) | null
  postMessage(reply: RawWorkerReply, transfer: Transferable[]): void
}

let reader: ReadableStreamDefaultReader<VideoFrame> | null = null
let interval = 0
/** The frame that the other side has, and the memory of the next. */
let shown: RawPicture | null = null
let next: RawPicture | null = null
let spare: ArrayBuffer | null = null
let arrived: (() => void) | null = null
let onTheWay = false

scope.onmessage = ({ data }) => {
  if (data.type === 'whole') shown = null
  else if (data.type === 'feed') {
    void reader?.cancel()
    reader = data.frames?.getReader() ?? null
    interval = 1_000 / data.fps
    if (reader) void read(reader)
  } else {
    spare = data.buffer
    onTheWay = false
    arrived?.()
    arrived = null
  }
}

async function read(from: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
  let due = performance.now()
  while (reader === from) {
    const { value: frame, done } = await from.read()
    if (done) return
    try {
      if (reader === from) await see(frame)
    } catch (error) {
      scope.postMessage({ type: 'failed', reason: error instanceof Error ? error.message : String(error) }, [])
    } finally {
      frame.close()
    }
    if (onTheWay) await new Promise<void>((resolve) => (arrived = resolve))
    // A page at rest has no frame to wait for; one that moves keeps the rate on average.
    due = Math.max(due + interval, performance.now() - interval)
    const wait = due - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

async function see(frame: VideoFrame): Promise<void> {
  const { width, height } = frame.visibleRect ?? { width: frame.displayWidth, height: frame.displayHeight }
  if (next?.width !== width || next.height !== height) next = new RawPicture(width, height)
  if (shown?.width !== width || shown.height !== height) shown = null
  await toI420(frame, next)
  const rects = shown ? changedRects(next, shown) : [{ x: 0, y: 0, width, height }]
  if (rects.length === 0) return
  send(next, rects, shown === null, frame.timestamp / 1_000)
  const before = shown
  shown = next
  next = before
}

function send(picture: RawPicture, rects: RawRect[], whole: boolean, at: number): void {
  const { width, height } = picture
  const head = rawPatchHead(rects.length)
  const length = head + rects.reduce((sum, rect) => sum + rawBytesOf(rect), 0)
  const buffer = spare && spare.byteLength >= length ? spare : new ArrayBuffer(Math.max(length, rawPatchHead(1) + rawBytesOf(picture)))
  spare = null
  const bytes = new Uint8Array(buffer, 0, length)
  writeRawPatch(bytes, { whole, width, height, at, rects })
  let to = head
  for (const rect of rects) {
    picture.layout.forEach(({ offset, stride }, plane) => {
      const part = plane === 0 ? rect : halvedRect(rect)
      to = copyRows(picture.bytes, offset + part.y * stride + part.x, stride, bytes, to, part.width, part.height)
    })
  }
  onTheWay = true
  scope.postMessage({ type: 'patch', buffer, length }, [buffer])
}

function copyRows(from: Uint8Array, start: number, stride: number, to: Uint8Array, at: number, width: number, rows: number): number {
  // Whole rows lie one after the other.
  if (width === stride) to.set(from.subarray(start, start + width * rows), at)
  else for (let row = 0; row < rows; row++) to.set(from.subarray(start + row * stride, start + row * stride + width), at + row * width)
  return at + width * rows
}
