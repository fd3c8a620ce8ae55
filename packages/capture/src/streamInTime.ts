/**
 * Chromium takes a second to capture a tab, several on a busy machine; of one whose process has just crashed it now and
 * then never answers, and every tab that is shown after it would wait behind that. Used by tab.ts.
 */
const PATIENCE_MS = 10_000

type Stream = Pick<MediaStream, 'getTracks'>

/** Rejects as Chromium's own refusals do; a stream that comes later is let go. */
export async function streamInTime<S extends Stream>(asked: Promise<S>): Promise<S> {
  const { promise: patience, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new DOMException(`no answer within ${PATIENCE_MS} ms`, 'TimeoutError'))
    asked.then(stop, () => {})
  }, PATIENCE_MS)
  try {
    return await Promise.race([asked, patience])
  } finally {
    clearTimeout(timer)
  }
}

/** `stop` fires no `ended`: only ends that nobody asked for are told. */
export function stop(stream: Stream): void {
  for (const track of stream.getTracks()) track.stop()
}
