/**
 * A reverse proxy as operators have them: another address (with TLS or without), a base path that it may strip, the
 * headers that say so, and the habits of real ones: it cuts sockets that say nothing for a while, and takes its time.
 */
import { Agent, createServer, request as ask } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface ReverseProxyOptions {
  /** `http://127.0.0.1:7900`; may be set later by `to`. */
  target?: string
  /** `/browsers`: what is outside of it is answered 404. */
  prefix?: string
  /** Takes the prefix off before it passes a request on. */
  strips?: boolean
  tls?: { cert: string | Buffer; key: string | Buffer }
  /** Cuts a WebSocket or a response on which nothing travelled for so long. */
  idleMs?: number
  /** Holds back each piece that travels, both ways. */
  delayMs?: number
  /** Headers that it adds; `x-forwarded-*` come by themselves. */
  headers?: Record<string, string>
}

export interface ReverseProxy extends AsyncDisposable {
  /** With the prefix, without a slash at the end. */
  readonly url: string
  /** Sockets that it has cut because they were idle. */
  readonly cuts: number
  to(target: string): void
  close(): Promise<void>
}

export async function startReverseProxy(options: ReverseProxyOptions): Promise<ReverseProxy> {
  const { prefix = '', strips = true, tls, idleMs = 0, delayMs = 0 } = options
  let target = new URL(options.target ?? 'http://127.0.0.1:1')
  let cuts = 0
  const open = new Set<Duplex>()
  const agent = new Agent()

  const pathOf = (url: string): string | null => {
    if (!url.startsWith(`${prefix}/`) && url !== prefix) return null
    return strips ? url.slice(prefix.length) || '/' : url
  }
  const headersOf = ({ headers, socket }: IncomingMessage): Record<string, string | string[]> => {
    const said = headers['x-forwarded-for']
    return {
      ...Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      // As nginx's $proxy_add_x_forwarded_for: behind what the client claims.
      'x-forwarded-for': [said ?? [], socket.remoteAddress ?? ''].flat().join(', '),
      'x-forwarded-proto': tls ? 'https' : 'http',
      'x-forwarded-host': headers.host ?? '',
      ...(strips && prefix !== '' ? { 'x-forwarded-prefix': prefix } : {}),
      host: target.host,
      ...options.headers,
    }
  }
  const cutWhenIdle = (...sockets: Duplex[]): void => {
    if (idleMs === 0) return
    const cut = (): void => {
      cuts++
      for (const socket of sockets) socket.destroy()
    }
    let timer = setTimeout(cut, idleMs)
    for (const socket of sockets) {
      socket.on('data', () => {
        clearTimeout(timer)
        timer = setTimeout(cut, idleMs)
      })
      socket.once('close', () => clearTimeout(timer))
    }
  }
  const pipe = (from: Duplex, to: Duplex): void => {
    if (delayMs === 0) from.pipe(to)
    else from.on('data', (chunk: Buffer) => setTimeout(() => to.writable && to.write(chunk), delayMs)).on('end', () => setTimeout(() => to.end(), delayMs))
  }

  const onRequest: RequestListener = (request, response) => {
    const path = pathOf(request.url ?? '/')
    if (path === null) return void response.writeHead(404).end('nothing here')
    const upstream = ask({ agent, host: target.hostname, port: target.port, path, method: request.method, headers: headersOf(request) }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      if (idleMs > 0) {
        const cut = (): void => {
          cuts++
          response.destroy()
        }
        let timer = setTimeout(cut, idleMs)
        answer.on('data', () => {
          clearTimeout(timer)
          timer = setTimeout(cut, idleMs)
        })
        answer.on('close', () => clearTimeout(timer))
      }
      answer.pipe(response)
    })
    upstream.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end('bad gateway')))
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  }
  const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest)
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = pathOf(request.url ?? '/')
    if (path === null) return void socket.destroy()
    const upstream = connect(Number(target.port), target.hostname, () => {
      const lines = Object.entries(headersOf(request)).flatMap(([name, value]) => [value].flat().map((item) => `${name}: ${item}`))
      upstream.write([`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
      upstream.write(head)
      pipe(socket, upstream)
      pipe(upstream, socket)
      cutWhenIdle(socket, upstream)
    })
    open.add(upstream)
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.once('close', () => other.destroy())
    }
    upstream.once('close', () => open.delete(upstream))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy()
    agent.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}${prefix}`,
    get cuts() {
      return cuts
    },
    to: (url) => (target = new URL(url)),
    close,
    [Symbol.asyncDispose]: close,
  }
}
