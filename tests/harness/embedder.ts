/** Somebody else's site with a Tandem view in it: React components, the custom element, an iframe; another origin than the server, with no dashboard and no Tailwind. */
import { createServer } from 'node:http'
import { join } from 'node:path'
import { build } from 'vite'

export interface Embedder {
  /** A site that the server knows by its configuration, `http://shop.localhost:<port>`. */
  readonly origin: string
  /** The same pages on a site that nobody has allowed. */
  readonly strangeOrigin: string
  close(): void
}

const page = (body: string): string => `<!doctype html><meta charset="utf-8"><title>A shop</title><body style="margin: 0">${body}`

/** The pages; `server`, `session`, `token` and what else they need comes in their query. */
const PAGES: Record<string, (query: URLSearchParams) => string> = {
  '/react': () => page('<script type="module" src="/embed.js"></script>'),
  // Two views of the same session, from its share link and from its parts.
  '/element': (query) =>
    page(`<script type="module" src="${query.get('server')}/embed/tandem-view.js"></script>
      <script>
        window.heard = []
        for (const type of ['tandem-status', 'tandem-control']) addEventListener(type, ({ target, detail }) => heard.push([target.id, type, detail]))
      </script>
      <div style="width: 640px; height: 404px"><tandem-view id="one" controls muted style="height: 100%" src="${query.get('link')}" name="One"></tandem-view></div>
      <div style="width: 640px"><tandem-view id="two" muted src="${query.get('server')}" session="${query.get('session')}" token="${query.get('token')}" transport="jpeg" name="Two"></tandem-view></div>`),
  '/frame': (query) =>
    page(`<script>
        window.heard = []
        addEventListener('message', ({ origin, data }) => heard.push({ origin, ...data }))
        window.ask = (data) => document.querySelector('iframe').contentWindow.postMessage(data, '${query.get('server')}')
      </script>
      <iframe src="${query.get('server')}/embed/${query.get('session')}#token=${query.get('token')}" style="width: 800px; height: 500px; border: 0" allow="autoplay; fullscreen; clipboard-write"></iframe>`),
}

export async function serveEmbedder(): Promise<Embedder> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    // Under a test runner Vite would take React for a development build.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: { conditions: ['source', 'module', 'browser'] },
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: { entry: join(import.meta.dirname, 'embedPage.tsx'), formats: ['es'], fileName: 'embed' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const output = Array.isArray(result) ? result[0] : undefined
  const code = output?.output.find((part) => part.type === 'chunk')?.code ?? ''
  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
    const made = PAGES[pathname]
    const script = pathname === '/embed.js'
    response.writeHead(script || made ? 200 : 204, { 'content-type': script ? 'text/javascript' : 'text/html' })
    response.end(script ? code : (made?.(searchParams) ?? ''))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://shop.localhost:${address.port}`,
    strangeOrigin: `http://strange.localhost:${address.port}`,
    close: () => {
      http.closeAllConnections()
      http.close()
    },
  }
}
