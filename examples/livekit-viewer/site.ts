/** Serves the page on loopback, and does for it what needs the API key: join info, the wheel. The key stays here. */
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Tandem } from '@tandem/client'

export interface Site {
  url: string
  close(): Promise<void>
}

const FILES: Record<string, { path: URL; type: string }> = {
  '/': { path: new URL('page.html', import.meta.url), type: 'text/html; charset=utf-8' },
  '/page.js': { path: new URL('page.js', import.meta.url), type: 'text/javascript; charset=utf-8' },
  '/livekit-client.js': { path: new URL(import.meta.resolve('livekit-client')), type: 'text/javascript; charset=utf-8' },
}

/** @throws TandemError `session/not-found` */
export async function openSite(tandem: Tandem, sessionId: string, port = 0): Promise<Site> {
  const { viewport } = await tandem.sessions.get(sessionId)
  const act: Record<string, (body: string) => Promise<unknown>> = {
    '/join': async () => ({ livekit: await tandem.sessions.livekitToken(sessionId), viewport }),
    '/takeover': (identity) => tandem.sessions.takeover(sessionId, { client_id: identity }),
    '/handback': (identity) => tandem.sessions.handback(sessionId, { client_id: identity }),
  }
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    // Another page of this machine must not take the wheel through us.
    const foreign = request.headers['sec-fetch-site'] !== undefined && request.headers['sec-fetch-site'] !== 'same-origin'
    const file = request.method === 'GET' ? FILES[path] : undefined
    const action = request.method === 'POST' && !foreign ? act[path] : undefined
    try {
      if (file) {
        const content = await readFile(fileURLToPath(file.path))
        return void response.writeHead(200, { 'content-type': file.type }).end(content)
      }
      if (!action) return void response.writeHead(404).end()
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const answer = JSON.stringify(await action(Buffer.concat(chunks).toString()))
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    } catch (error) {
      response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end(error instanceof Error ? error.message : String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  // A TCP server: its address is never a pipe's name.
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
