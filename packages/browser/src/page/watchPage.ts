/**
 * What runs in every frame while a human drives, in our isolated world: listens, and tells Node by the binding
 * `tandemSay`. What is judged by it is in the parts beside it; script.ts makes one text of all.
 */
import type { cursorOver } from './cursor.ts'
import type { PageMessage, PageWatcher } from './message.ts'
import type { openList } from './openList.ts'
import type { pickers } from './pickers.ts'
import type { secretFields } from './secretFields.ts'
import type { shadowRoots } from './shadowRoots.ts'
import type { wheelZoom } from './wheelZoom.ts'

export interface Parts {
  cursorOver: typeof cursorOver
  openList: typeof openList
  pickers: typeof pickers
  secretFields: typeof secretFields
  shadowRoots: typeof shadowRoots
  wheelZoom: typeof wheelZoom
}

/**
 * Sent to Chromium as text: nothing outside of it may be used but its parts.
 * @param channel Name of the events by which `wrapPage` reaches this world; nobody else knows it.
 */
export function watchPage(channel: string, parts: Parts): void {
  const scope = globalThis as { tandem?: PageWatcher; tandemSay?: (text: string) => void }
  if (scope.tandem) return scope.tandem.start()
  const say = (message: PageMessage): void => scope.tandemSay?.(JSON.stringify(message))
  const frame = String(Math.random())
  let listening: AbortController | undefined

  // --- secrets ---
  const isSecret = parts.secretFields()
  let secret = false
  const setSecret = (on: boolean): void => {
    if (on === secret) return
    secret = on
    say({ type: 'secret', frame, on })
  }
  /** The focus moved, perhaps in a shadow tree, whose own moves are not heard outside of it. */
  const look = (): void => {
    if (!listening) return
    for (const root of roots.onTheWay()) follow(root)
    const element = roots.focused()
    // In a tree that nobody has seen yet may be a secret.
    setSecret(isSecret(element) || roots.ask(element))
  }
  const onFocusIn = (event: Event): void => {
    roots.doubt(event.composedPath()[0])
    look()
  }
  const onFocusOut = (event: FocusEvent): void => {
    // Where it goes the page tells next.
    if (!event.relatedTarget) setSecret(false)
  }
  const roots = parts.shadowRoots(say, look)
  let followed = new WeakSet<ShadowRoot>()
  const follow = (root: ShadowRoot): void => {
    if (!listening || followed.has(root)) return
    followed.add(root)
    const early = { signal: listening.signal, capture: true }
    root.addEventListener('focusin', onFocusIn, early)
    root.addEventListener(channel, onShow, early)
  }

  // --- where events really are ---
  const pickers = parts.pickers(say, parts.openList)
  const zoom = parts.wheelZoom(say)
  const elementOf = (event: Event): Element | null => {
    const [target] = event.composedPath()
    if (!(target instanceof Element)) return null
    return event instanceof MouseEvent ? roots.at(target, { x: event.clientX, y: event.clientY }) : (roots.focused() ?? target)
  }
  let cursor = ''
  let over: Element | null = null
  const onMove = (event: MouseEvent): void => {
    const element = elementOf(event)
    // Custom elements have closed roots more often than others: known before anything in them is pressed.
    if (element !== over && element?.localName.includes('-')) roots.ask(element)
    over = element
    const next = element ? parts.cursorOver(element, { x: event.clientX, y: event.clientY }) : 'default'
    if (next === cursor) return
    cursor = next
    say({ type: 'cursor', cursor })
  }
  const onShow = (event: Event): void => {
    if (!(event instanceof CustomEvent)) return
    if (pickers.show(event.composedPath()[0])) event.preventDefault()
  }

  // --- pointer lock ---
  let locked = false
  const setLocked = (on: boolean): void => {
    if (on === locked) return
    locked = on
    say({ type: 'pointerLock', on })
  }
  const freePointer = (): void => {
    // Told here already: a page that locks again at once is told of both changes when it is locked.
    setLocked(false)
    if (document.pointerLockElement) document.exitPointerLock()
  }

  scope.tandem = {
    start() {
      if (listening) return
      listening = new AbortController()
      const { signal } = listening
      const early = { signal, capture: true }
      cursor = ''
      followed = new WeakSet()
      addEventListener('mousemove', onMove, early)
      // The pointer comes from another frame, which has set its own shape meanwhile.
      addEventListener('mouseover', (event) => event.relatedTarget ?? (cursor = ''), early)
      addEventListener('focusin', onFocusIn, early)
      addEventListener('focusout', onFocusOut, early)
      // A page may mask a field that has the focus already.
      addEventListener('keydown', look, early)
      addEventListener('input', look, early)
      addEventListener('pagehide', () => setSecret(false), early)
      addEventListener('pagehide', () => setLocked(false), early)
      addEventListener('pointerlockchange', () => setLocked(document.pointerLockElement !== null), early)
      // What was locked before is nobody's any more.
      freePointer()
      addEventListener('pointerdown', (event) => roots.ask(elementOf(event)), early)
      addEventListener(
        'mousedown',
        (event) => {
          const element = elementOf(event)
          if (element) pickers.mouseDown(event, element)
        },
        early,
      )
      // A menu of Chromium's own is not in the picture. After the page's own listeners, which may prevent it, so added last of all.
      addEventListener('contextmenu', () => addEventListener('contextmenu', (event) => event.preventDefault(), { once: true }), early)
      // After those of the element; pages stop clicks on their way up more often than they prevent them.
      const afterElement = (type: 'click' | 'keydown', handle: (event: Event, element: Element) => void): void =>
        addEventListener(
          type,
          (event) => {
            const element = elementOf(event)
            element?.addEventListener(type, (late) => late.defaultPrevented || handle(late, element), { once: true })
          },
          early,
        )
      afterElement('click', (event, element) => event instanceof MouseEvent && pickers.click(event, element))
      afterElement('keydown', (event, element) => event instanceof KeyboardEvent && pickers.keyDown(event, element))
      addEventListener(channel, onShow, early)
      // Of a frame inside the page it tells nothing.
      if (parent === self) visualViewport?.addEventListener('resize', () => say({ type: 'scaled', scale: visualViewport?.scale ?? 1 }), { signal })
      look()
    },
    stop() {
      listening?.abort()
      listening = undefined
      secret = false
      freePointer()
      zoom(false)
      pickers.forget()
    },
    report() {
      secret = false
      look()
    },
    freePointer,
    answer: pickers.answer,
    zoom,
    host: roots.host,
    enter: roots.enter,
  }
  scope.tandem.start()
}
