/** A server that webhooks are sent to: keeps what came and answers as it is told. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
  event: { id: string; type: string; created_at: string; session_id: string | null; data: Record<string, unknown> }
}

export interface WebhookTarget extends AsyncDisposable {
  readonly url: string
  readonly received: Received[]
  /** The status of the next answers; `hang`: none. */
  answer: number | 'hang'
  close(): Promise<void>
}

export async function startWebhookTarget(answer: number | 'hang' = 204): Promise<WebhookTarget> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ headers: request.headers, body, event: JSON.parse(body) })
      if (target.answer === 'hang') return
      if (target.answer >= 300 && target.answer < 400) response.setHeader('location', `${target.url}/elsewhere`)
      response.writeHead(target.answer).end('thank you')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const target: WebhookTarget = { url: `http://127.0.0.1:${port}`, received, answer, close, [Symbol.asyncDispose]: close }
  return target
}
