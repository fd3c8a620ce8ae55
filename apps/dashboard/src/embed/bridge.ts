/**
 * An iframe's talk with the page around it, by `postMessage`. Out: `status`, `control` and the `result` of each call;
 * in: the calls of CALLS. Only the parent window is heard, and only from the one origin that framed us: who may
 * frame us at all is the server's word (`frame-ancestors`). docs/embed.md describes the messages.
 */
import { isTandemError } from '@tandem/client'
import type { TandemView } from '@tandem/element'

/** What a parent may ask for. The data comes from another page: each call takes what it understands and nothing else. */
const CALLS: Record<string, (view: TandemView, data: Record<string, unknown>) => unknown> = {
  takeControl: (view) => view.takeControl(),
  requestControl: (view) => view.requestControl(),
  handBack: (view, { outcome, note }) => view.handBack(outcome === 'failed' ? 'failed' : 'done', typeof note === 'string' ? note : undefined),
  setMuted: (view, { muted }) => (view.muted = muted === true),
  setQuality: (view, { quality }) => view.setAttribute('quality', String(quality)),
  setTransport: (view, { transport }) => view.setAttribute('transport', String(transport)),
  /** Says `status` and `control` again, for a parent that began to listen late. */
  hello: () => {},
}

export function startBridge(view: TandemView, scope: Window = window): void {
  const { parent } = scope
  if (parent === scope) return
  // Firefox has no ancestorOrigins: there the first call of the parent tells the origin, and nothing is said before it.
  let origin: string | null = scope.location.ancestorOrigins?.[0] ?? null
  const say = (message: Record<string, unknown>): void => void (origin !== null && parent.postMessage(message, origin))
  let last: { status: unknown; control: unknown } = { status: null, control: null }
  const repeat = (): void => {
    if (last.status !== null) say({ tandem: 'status', ...Object(last.status) })
    if (last.control !== null) say({ tandem: 'control', ...Object(last.control) })
  }

  view.addEventListener('tandem-status', ({ detail }) => {
    last = { ...last, status: detail }
    say({ tandem: 'status', ...detail })
  })
  view.addEventListener('tandem-control', ({ detail }) => {
    last = { ...last, control: detail }
    say({ tandem: 'control', ...detail })
  })
  scope.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.source !== parent || (origin !== null && event.origin !== origin)) return
    const data: unknown = event.data
    if (typeof data !== 'object' || data === null || !('tandem' in data) || typeof data.tandem !== 'string') return
    const call = Object.hasOwn(CALLS, data.tandem) ? CALLS[data.tandem] : undefined
    if (call === undefined) return
    origin ??= event.origin
    const id = 'id' in data ? data.id : null
    const answer = (error: { code: string; message: string } | null): void => say({ tandem: 'result', id, error })
    // A call may throw at once or later; both are its answer.
    Promise.resolve()
      .then(() => call(view, { ...data }))
      .then(
        () => {
          if (data.tandem === 'hello') repeat()
          answer(null)
        },
        (error: unknown) =>
          answer({ code: isTandemError(error) ? error.code : 'server/internal', message: error instanceof Error ? error.message : String(error) }),
      )
  })
}
