/**
 * Lets the page rest for one display interval, so that a late pipeline falls back into step (docs/latency.md says why).
 * Applied by the server when the capture page asks with `quietFrameWanted`; only while someone watches.
 */
import type { CdpSession } from './connection.ts'

/**
 * What the page asks for in its next two frames runs in the third, in the order in which it was asked for: one frame
 * draws nothing. The page's own functions are called for every question and every run, so that ids, errors and times
 * are the browser's; proxies of them look native, and pass everything on once the frame is over, for whoever kept one.
 */
const HOLD = `(() => {
  const request = window.requestAnimationFrame
  const cancel = window.cancelAnimationFrame
  const held = Symbol.for('tandem.held')
  if (request[held]) return
  let queue = new Map()
  const moved = new Map()
  const requestHeld = new Proxy(request, {
    get: (target, name) => name === held || Reflect.get(target, name),
    apply(target, self, args) {
      const id = Reflect.apply(target, self, args)
      if (queue) {
        cancel.call(window, id)
        queue.set(id, args[0])
      }
      return id
    },
  })
  const cancelHeld = new Proxy(cancel, {
    apply(target, self, [id]) {
      queue?.delete(Number(id))
      return Reflect.apply(target, self, [moved.get(Number(id)) ?? id])
    },
  })
  window.requestAnimationFrame = requestHeld
  window.cancelAnimationFrame = cancelHeld
  request.call(window, () => request.call(window, () => {
    const asked = queue
    queue = null
    if (window.requestAnimationFrame === requestHeld) window.requestAnimationFrame = request
    for (const [id, callback] of asked) moved.set(id, request.call(window, callback))
    // Kept while a held callback has two ids.
    request.call(window, () => {
      moved.clear()
      if (window.cancelAnimationFrame === cancelHeld) window.cancelAnimationFrame = cancel
    })
  }))
})()`

/** The tab's own session. A page that does not use requestAnimationFrame notices nothing, and is not helped. */
export async function holdOneFrame(session: CdpSession): Promise<void> {
  await session.send('Runtime.evaluate', { expression: HOLD, silent: true })
}
