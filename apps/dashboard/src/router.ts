/** The whole router: a table of pages, the history API, one store. */
import { useSyncExternalStore } from 'react'
import { appPath, hrefOf } from './base.ts'

const PLACES = {
  '/': 'sessions',
  '/sessions': 'sessions',
  '/profiles': 'profiles',
  '/keys': 'keys',
  '/webhooks': 'webhooks',
  '/nodes': 'nodes',
  '/audit': 'audit',
} as const
type Place = (typeof PLACES)[keyof typeof PLACES]

export type Route = { page: Place } | { page: 'session'; id: string } | { page: 'unknown' }

export function readRoute(path: string): Route {
  const place = path.length > 1 ? path.replace(/\/$/, '') : path
  if (isPlace(place)) return { page: PLACES[place] }
  const id = /^\/sessions\/([^/]+)$/.exec(place)?.[1]
  return id === undefined ? { page: 'unknown' } : { page: 'session', id: decodeURIComponent(id) }
}

const isPlace = (path: string): path is keyof typeof PLACES => Object.hasOwn(PLACES, path)

export const sessionPath = (id: string): string => `/sessions/${encodeURIComponent(id)}`

const listeners = new Set<() => void>()
const notify = (): void => {
  for (const listener of listeners) listener()
}
window.addEventListener('popstate', notify)

export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (options.replace === true) history.replaceState(null, '', hrefOf(path))
  else history.pushState(null, '', hrefOf(path))
  window.scrollTo(0, 0)
  notify()
}

export function usePath(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, appPath)
}
