/** Short notes that need no answer. Whatever needs one is a banner or a dialog instead. */
import { useSyncExternalStore } from 'react'

export interface Toast {
  id: number
  kind: 'info' | 'error'
  text: string
}

const SHOWN_MS = { info: 4_000, error: 7_000 }
let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function set(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

export function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id))
}

export function toast(text: string, kind: Toast['kind'] = 'info'): void {
  const id = ++lastId
  // The same text twice says nothing new.
  set([...toasts.filter((other) => other.text !== text), { id, kind, text }].slice(-3))
  setTimeout(() => dismiss(id), SHOWN_MS[kind])
}

/** For calls whose failure is worth a note and nothing more. */
export function reportFailure(work: Promise<unknown>): void {
  work.catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), 'error'))
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
}
