/** Serves the measured pages and the viewer page on loopback. Owns its HTTP server; knows nothing of what opens them. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { rolldown } from 'rolldown'

const PAGES = new URL('./pages/', import.meta.url)
export type PageName = 'text' | 'motion' | 'flip' | 'still' | 'counter'

/** The viewer page's code with the client in it, from source. */
async function bundleViewer(): Promise<string> {
  const bundle = await rolldown({
    input: new URL('./viewerPage.ts', import.meta.url).pathname,
    platform: 'browser',
    resolve: { conditionNames: ['source', 'import', 'browser'] },
    tsconfig: false,
  })
  const { output } = await bundle.generate({ format: 'iife', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

export class Site {
  readonly #server: Server
  readonly origin: string

  private constructor(server: Server, origin: string) {
    this.#server = server
    this.origin = origin
  }

  static async open(): Promise<Site> {
    const viewer = await bundleViewer()
    const server = createServer(({ url }, response) => {
      const path = new URL(url ?? '/', 'http://localhost').pathname
      try {
        response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html')
        if (path === '/viewer.js') response.end(viewer)
        else if (path === '/viewer') response.end('<!doctype html><meta charset="utf-8"><title>viewer</title><body><script src="viewer.js"></script>')
        else if (path === '/favicon.ico') response.writeHead(204).end()
        else response.end(readFileSync(new URL(`.${path}`, PAGES)))
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The site has no port.')
    return new Site(server, `http://127.0.0.1:${address.port}`)
  }

  page(name: PageName): string {
    return `${this.origin}/${name}.html`
  }

  get viewer(): string {
    return `${this.origin}/viewer`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
