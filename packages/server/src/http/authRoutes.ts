/** Login of the dashboard: the token of a link becomes an HttpOnly cookie. */
import { roleSchema, TandemError } from '@tandem/protocol'
import { z } from 'zod'
import { COOKIE, readCookie } from './credentials.ts'
import type { App, Deps } from './types.ts'
import { baseUrl, cookie, principalOf } from './urls.ts'

const meSchema = z.object({ role: roleSchema, session_id: z.string().nullable() })

export function authRoutes(app: App, { auth }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/auth/login',
    config: { need: 'nobody' },
    schema: {
      summary: "Turn a login link's token, or the API key, into a cookie",
      tags: ['auth'],
      body: z.strictObject({ token: z.string().min(1).max(4_096) }),
      response: { 200: meSchema },
    },
    handler: async (request, reply) => {
      const principal = await auth.verify(request.body.token)
      request.principal = principal
      if (principal.sessionId !== null) throw new TandemError('auth/forbidden', 'A link to one session needs no login; open it as it is.', { needs: 'admin' })
      const { token, row } = await auth.mint({ kind: 'cookie', role: principal.role, sessionId: null, keyId: principal.keyId })
      reply.header('set-cookie', cookie(request, COOKIE, token, new Date(row.expiresAt)))
      return { role: principal.role, session_id: null }
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/auth/me',
    config: { need: 'view' },
    schema: { summary: 'Who am I?', tags: ['auth'], response: { 200: meSchema } },
    handler: (request) => {
      const { role, sessionId } = principalOf(request)
      return { role, session_id: sessionId }
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/auth/logout',
    config: { need: 'view' },
    schema: { summary: 'Forget the cookie', tags: ['auth'], response: { 204: z.null() } },
    handler: async (request, reply) => {
      const { tokenId } = principalOf(request)
      // Only what the browser holds: a script that logs out must not kill the token that it came with.
      if (readCookie(request.headers.cookie) !== null && request.headers.authorization === undefined && tokenId !== null) await auth.revoke(tokenId)
      reply.header('set-cookie', cookie(request, COOKIE, '', new Date(0)))
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/auth/links',
    config: { need: 'server' },
    schema: {
      summary: 'A fresh login link',
      tags: ['auth'],
      response: { 201: z.object({ url: z.string(), expires_at: z.iso.datetime() }) },
    },
    handler: async (request, reply) => {
      const { token, row } = await auth.mint({ kind: 'login', role: 'admin', sessionId: null, keyId: principalOf(request).keyId })
      return reply.code(201).send({ url: `${baseUrl(request)}/#token=${token}`, expires_at: row.expiresAt })
    },
  })
}
