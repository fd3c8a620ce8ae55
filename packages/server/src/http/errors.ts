/** Every refusal as problem details (RFC 9457), whoever threw it: us, Fastify, or the schema. */
import { isTandemError, TandemError, toProblem } from '@tandem/protocol'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { App } from './types.ts'

export function addErrors(app: App): void {
  app.setErrorHandler((error, request, reply) => {
    const known = toTandemError(error)
    if (known.code === 'server/internal') request.log.error({ err: error }, 'a request failed')
    const problem = known.code === 'server/internal' ? { ...toProblem(known), request_id: request.id } : toProblem(known)
    const { retry_after_ms: wait } = known.details
    if (typeof wait === 'number') reply.header('retry-after', String(Math.ceil(wait / 1_000)))
    return reply.code(known.status).type('application/problem+json').send(JSON.stringify(problem))
  })
  app.setNotFoundHandler((request, reply) => {
    const problem = toProblem(
      new TandemError('request/not-found', `There is no ${request.method} ${request.url.replace(/\?.*$/, '')}. See /openapi.json for the routes.`),
    )
    return reply.code(404).type('application/problem+json').send(JSON.stringify(problem))
  })
}

function toTandemError(error: unknown): TandemError {
  if (isTandemError(error)) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.slice(0, 20).map((issue) => ({ path: issue.instancePath, message: issue.message }))
    return new TandemError('request/invalid', undefined, { issues })
  }
  const { code, statusCode } = describe(error)
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new TandemError('request/too-large')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new TandemError('request/invalid', 'The body must be JSON: send `content-type: application/json`.')
  if (statusCode === 400 && (error instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY')) {
    return new TandemError('request/malformed')
  }
  if (statusCode !== null && statusCode >= 400 && statusCode < 500)
    return new TandemError('request/invalid', error instanceof Error ? error.message : undefined)
  return new TandemError('server/internal', undefined, {}, { cause: error })
}

function describe(error: unknown): { code: string | null; statusCode: number | null } {
  if (typeof error !== 'object' || error === null) return { code: null, statusCode: null }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  const statusCode = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null
  return { code, statusCode }
}
