/**
 * Where the focus and the pointer really are: in shadow trees of any kind. A closed root is hidden from every script, ours
 * too, and the focus in it looks like one on its host. So Node is asked about such a host, and hands its root over.
 */
import type { Point, Say } from './message.ts'

export interface ShadowRoots {
  /** The innermost element with the focus. */
  focused(): Element | null
  /** The innermost element at a point, from the one that an event named. */
  at(element: Element, point: Point): Element
  /** Roots between the document and the focus. */
  onTheWay(): ShadowRoot[]
  /** Has the root of this element looked for, if it may have one that nobody has seen. True: it seems to have one. */
  ask(element: Element | null | undefined): boolean
  /** A root may come later: what was found out of this element is asked again. */
  doubt(element: unknown): void
  host(key: number): Element | null
  enter(key: number, root: ShadowRoot | null): void
}

/** Serialised with watchPage.ts: nothing outside of it may be used. */
export function shadowRoots(say: Say, entered: () => void): ShadowRoots {
  /** What may have a shadow root at all. */
  const HOST = /-|^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/
  const closed = new WeakMap<Element, ShadowRoot>()
  /** Node found no root. */
  const plain = new WeakSet<Element>()
  const asked = new Map<number, Element>()
  let lastKey = 0
  const rootOf = (element: Element | null): ShadowRoot | null => element && (element.shadowRoot ?? closed.get(element) ?? null)
  const isFocusable = (element: Element): boolean => element.hasAttribute('tabindex') || (element instanceof HTMLElement && element.isContentEditable)
  return {
    focused() {
      let element = document.activeElement
      for (let inner = element; inner; inner = rootOf(inner)?.activeElement ?? null) element = inner
      return element
    },
    at(element, { x, y }) {
      let innermost = element
      for (let root = rootOf(innermost); root; root = rootOf(innermost)) {
        const inner = root.elementFromPoint(x, y)
        if (!inner || inner === innermost || inner.getRootNode() !== root) break
        innermost = inner
      }
      return innermost
    },
    onTheWay() {
      const roots: ShadowRoot[] = []
      let root = rootOf(document.activeElement)
      while (root) {
        roots.push(root)
        root = rootOf(root.activeElement)
      }
      return roots
    },
    ask(element) {
      if (!element || !HOST.test(element.localName) || plain.has(element) || rootOf(element)) return false
      if (![...asked.values()].includes(element)) {
        asked.set(++lastKey, element)
        say({ type: 'host', key: lastKey })
      }
      // What cannot have the focus by itself has it for something inside.
      return element.matches(':focus') && !isFocusable(element)
    },
    doubt(element) {
      if (element instanceof Element) plain.delete(element)
    },
    host: (key) => asked.get(key) ?? null,
    enter(key, root) {
      const host = asked.get(key)
      asked.delete(key)
      if (host && root) closed.set(host, root)
      else if (host) plain.add(host)
      entered()
    },
  }
}
