/** From a parsed request to its result: method known, role sufficient, params as the schema says; then `methods.ts`. */
import { LIVE_METHODS, TandemError } from '@tandem/protocol'
import type { LiveMethod } from '@tandem/protocol'
import type { z } from 'zod'
import { assertAllowed } from '../access/principal.ts'
import type { LiveContext } from './context.ts'
import { METHODS } from './methods.ts'

/** @throws TandemError `request/unknown-method`, `request/invalid`, `auth/forbidden`, or whatever the method throws */
export function dispatch(context: LiveContext, method: string, params: unknown): unknown {
  if (!isLiveMethod(method)) throw new TandemError('request/unknown-method', undefined, { method: method.slice(0, 64) })
  const spec = LIVE_METHODS[method]
  assertAllowed(context.principal, spec.role)
  const parsed = parseParams(spec.params, params)
  // The compiler cannot follow that schema and handler come from the same row of two tables.
  const handler = METHODS[method] as (context: LiveContext, params: unknown) => unknown
  return handler(context, parsed)
}

/** @throws TandemError `request/invalid` with `issues` */
export function parseParams<S extends z.ZodType>(schema: S, params: unknown): z.output<S> {
  const parsed = schema.safeParse(params ?? {})
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 10).map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  throw new TandemError('request/invalid', undefined, { issues })
}

function isLiveMethod(method: string): method is LiveMethod {
  return Object.hasOwn(LIVE_METHODS, method)
}
