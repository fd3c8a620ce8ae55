/**
 * What holds for a request once it is let in: whoever opened a single-use link is told how to prove it, and a request
 * that still waits when its credential ends (a request for a human, a stream of events) ends with it.
 */
import { TandemError, toProblem } from '@tandem/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CredentialEnd } from '../access/letIn.ts'
import type { Principal } from '../access/principal.ts'
import { CLAIM_COOKIE, CLAIM_HEADER } from './credentials.ts'
import type { App, Deps } from './types.ts'
import { cookie } from './urls.ts'

/** A request that has just revoked its own credential (a logout) is answered first. */
const CUT_AFTER_MS = 50

export function addLetIn(app: App, { auth, reach }: Deps): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { principal } = request
    if (principal) {
      principal.address = reach(request.raw).address
      if (principal.claimedNow) tellClaim(request, reply, principal)
      const undo = auth.watch(principal, (code) => setTimeout(() => cut(reply, code), CUT_AFTER_MS))
      reply.raw.once('close', undo)
    }
    done()
  })

  /** A page of ours keeps it as a cookie that no script reads; everybody else finds it in the header. */
  function tellClaim(request: FastifyRequest, reply: FastifyReply, { link, claim, expiresAt }: Principal): void {
    if (!link || claim === null) return
    reply.header(CLAIM_HEADER, claim)
    reply.header('set-cookie', cookie(request, CLAIM_COOKIE + link.id, claim, expiresAt ?? new Date(0)))
  }
}

function cut(reply: FastifyReply, code: CredentialEnd): void {
  const { raw } = reply
  if (raw.writableEnded || raw.destroyed) return
  if (raw.headersSent) return void raw.destroy()
  // The handler still runs; what it answers goes nowhere.
  reply.hijack()
  const problem = toProblem(new TandemError(code))
  raw.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' })
  raw.end(JSON.stringify(problem))
}
