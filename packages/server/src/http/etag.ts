/** Entity tags (RFC 9110, 8.8.3): a picture that the caller has already is not sent again. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Strong: other bytes have another one. */
export function etagOf(bytes: Buffer): string {
  return `"${createHash('sha1').update(bytes).digest('base64url')}"`
}

/** The caller has it: one of `If-None-Match`, which proxies may have made weak. */
export function isKnown(etag: string, { headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''))
  return known.includes(etag)
}
