/** The dashboard's built files, with index.html for every page of its own; a friendly page when nothing was built. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import { framedBy } from './contentPolicy.ts'
import { pageAt, rebased } from './pages.ts'
import type { App, Deps } from './types.ts'
import { basePath } from './urls.ts'

/** In a checkout where Vite builds it; an installed package carries it (scripts/build.mjs). */
const CHECKOUT = fileURLToPath(new URL('../../../../apps/dashboard/dist', import.meta.url))
const DIST = existsSync(CHECKOUT) ? CHECKOUT : fileURLToPath(new URL('../dashboard', import.meta.url))
const ELEMENT = fileURLToPath(new URL('../../../element/dist', import.meta.url))

/** Vite's names: the content decides the last eight characters, so that a name never changes its content. */
const HASHED = /-[\w-]{8}\.\w+$/

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tandem</title>
<style>:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; } body { max-width: 40rem; margin: 15vh auto; padding: 0 1rem; }</style>
<h1>Tandem is running</h1><p>The dashboard has not been built yet. Run <code>npm run build</code>, then start the server again.</p><p>The API works all the same: <a href="./docs">/docs</a>.</p></html>`

export async function addDashboard(app: App, { config, cluster, nodes }: Pick<Deps, 'config' | 'cluster' | 'nodes'>): Promise<void> {
  const built = existsSync(`${DIST}/index.html`)
  if (built) {
    await app.register(fastifyStatic, {
      root: DIST,
      serve: false,
    })
    app.route({
      method: 'GET',
      url: '/assets/*',
      config: { need: 'nobody' },
      schema: { hide: true },
      handler: (request, reply) => {
        const path = request.url.slice(1).replace(/\?.*$/, '')
        return reply.sendFile(path, HASHED.test(path) ? { maxAge: '365d', immutable: true } : { cacheControl: false })
      },
    })
  }
  for (const url of ['/', '/index.html', '/login', '/sessions', '/sessions/*', '/profiles', '/keys', '/webhooks', '/nodes', '/audit']) {
    app.route({ method: 'GET', url, config: { need: 'nobody' }, schema: { hide: true }, handler: (_request, reply) => sendPage(reply, built, 'index.html') })
  }
  // The picture alone, for iframes: of this server's pages only this one may be framed by others.
  app.route({
    method: 'GET',
    url: '/embed/:id',
    config: { need: 'nobody' },
    schema: { hide: true },
    handler: (_request, reply) =>
      sendPage(reply.header('content-security-policy', framedBy(config.origins, [...cluster.origins, ...nodes.origins])), built, 'embed.html'),
  })
  for (const file of ['tandem-view.js', 'tandem-view-room.js']) {
    app.route({
      method: 'GET',
      url: `/embed/${file}`,
      config: { need: 'nobody' },
      schema: { hide: true },
      handler: (_request, reply) =>
        existsSync(`${ELEMENT}/${file}`)
          ? // Pages of any site load it as a module: what it may show is decided when it connects.
            reply.headers({ 'cache-control': 'no-cache', 'cross-origin-resource-policy': 'cross-origin' }).sendFile(file, ELEMENT, { cacheControl: false })
          : reply.code(503).type('text/plain; charset=utf-8').send('The element has not been built yet. Run `npm run build`.'),
    })
  }
  for (const url of ['/favicon.ico', '/favicon.svg', '/icon.svg', '/manifest.webmanifest']) {
    app.route({
      method: 'GET',
      url,
      config: { need: 'nobody' },
      schema: { hide: true },
      handler: (_request, reply) => (built && existsSync(`${DIST}${url}`) ? reply.sendFile(url.slice(1)) : reply.code(404).send()),
    })
  }
}

async function sendPage(reply: FastifyReply, built: boolean, page: 'index.html' | 'embed.html'): Promise<unknown> {
  reply.type('text/html; charset=utf-8')
  if (!built) return reply.code(503).send(rebased(NOT_BUILT, basePath(reply.request)))
  return reply.header('cache-control', 'no-cache').send(await pageAt(join(DIST, page), basePath(reply.request)))
}
