/**
 * The pages that tests open: a server on 127.0.0.1 with fixtures from strings, from tests/pages/*.html and from
 * routes of a test. `tandem.localhost`-like names are other sites to Chromium, which makes cross-process iframes.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export type PageRoute = string | ((request: IncomingMessage, response: ServerResponse) => void)

export interface Pages extends AsyncDisposable {
  /** As `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string
  /** The same server as another site: cross-origin, and in another process. */
  readonly otherUrl: string
  /** Adds or replaces a page, at a path that begins with a slash; answers with its URL. */
  set(path: string, route: PageRoute): string
  close(): Promise<void>
}

const FOLDER = join(import.meta.dirname, '../pages')

/** Serves the given routes, `/auth` (HTTP Basic tandem:secret), `/download`, `/slow` (never answers) and `/<name>.html` of tests/pages. */
export async function servePages(routes: Record<string, PageRoute> = {}): Promise<Pages> {
  const all = new Map<string, PageRoute>([...Object.entries(BUILT_IN), ...Object.entries(routes)])
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    const route = all.get(path)
    if (typeof route === 'function') return route(request, response)
    if (route !== undefined) return html(response, route)
    readFile(join(FOLDER, path.replaceAll('..', ''))).then(
      (body) => html(response, body),
      () => response.writeHead(404, { 'content-type': 'text/plain' }).end('not found'),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server: its address is never a pipe's name.
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    otherUrl: `http://other.localhost:${port}`,
    set(path, route) {
      all.set(path, route)
      return url + path
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function html(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(body)
}

const BUILT_IN: Record<string, PageRoute> = {
  '/': '<!doctype html><title>Start</title><h1>Start</h1><a href="/next">next</a>',
  '/next': '<!doctype html><title>Next</title><h1>Next</h1>',
  '/download': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="report.txt"' }).end('the report')
  },
  '/auth': (request, response) => {
    const expected = `Basic ${Buffer.from('tandem:secret').toString('base64')}`
    if (request.headers.authorization === expected) html(response, '<!doctype html><title>Inside</title>welcome')
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="The vault"', 'content-type': 'text/html' }).end('<title>Outside</title>no')
  },
  '/slow': () => {},
}
