/**
 * A small plant shop: order form, sign-in with a one-time code, review, confirmation. The code goes to the customer's
 * phone, so an agent alone gets no further than the sign-in. In this example the phone is `onCode`.
 */
import { randomInt, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { orderPage, placedPage, reviewPage, signInPage } from './shopPages.ts'

export interface Shop {
  url: string
  close(): Promise<void>
}

export interface Order {
  name: string
  email: string
  street: string
  city: string
  delivery: string
  note: string
}

interface Visit {
  order: Order | null
  code: string | null
  signedIn: boolean
}

/** Listens on a free port of this machine. `onCode` is called with each one-time code that goes to the phone. */
export async function openShop(onCode: (code: string) => void): Promise<Shop> {
  const visits = new Map<string, Visit>()
  const server = createServer((request, response) => {
    handle(request, response, visits, onCode).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A listening TCP server has an address of this shape.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, visits: Map<string, Visit>, onCode: (code: string) => void): Promise<void> {
  const id = /visit=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID()
  const visit = visits.get(id) ?? { order: null, code: null, signedIn: false }
  visits.set(id, visit)
  const show = (html: string): void => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': `visit=${id}; Path=/; HttpOnly; SameSite=Lax` }).end(html)
  }
  const go = (path: string): void => {
    response.writeHead(303, { location: path, 'set-cookie': `visit=${id}; Path=/; HttpOnly; SameSite=Lax` }).end()
  }
  const fields = request.method === 'POST' ? await readForm(request) : null
  const field = (name: string): string => fields?.get(name)?.trim() ?? ''

  switch (`${request.method} ${request.url}`) {
    case 'GET /':
      return show(orderPage())
    case 'POST /order':
      visit.order = {
        name: field('name'),
        email: field('email'),
        street: field('street'),
        city: field('city'),
        delivery: field('delivery'),
        note: field('note'),
      }
      return go('/sign-in')
    case 'GET /sign-in':
      if (!visit.order) return go('/')
      visit.code ??= sendCode(onCode)
      return show(signInPage(visit.order.email, false))
    case 'POST /sign-in':
      if (!visit.order) return go('/')
      if (field('code') !== visit.code) return show(signInPage(visit.order.email, true))
      visit.signedIn = true
      return go('/review')
    case 'GET /review':
      return visit.order && visit.signedIn ? show(reviewPage(visit.order)) : go('/sign-in')
    case 'POST /place':
      return visit.order && visit.signedIn ? show(placedPage(visit.order, `FF-${randomInt(100_000, 1_000_000)}`)) : go('/sign-in')
    default:
      response.writeHead(404).end('Not found')
  }
}

function sendCode(onCode: (code: string) => void): string {
  const code = String(randomInt(100_000, 1_000_000))
  onCode(code)
  return code
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return new URLSearchParams(body)
}
