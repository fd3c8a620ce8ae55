/** What values of settings may be, wherever they are written, and how those are read that come as text. `settings.ts` is the table. */
import { z } from 'zod'

/** A timer of Node takes no more. */
export const LONGEST_MS = 2_147_483_647
export const duration = z.int().min(1).max(LONGEST_MS)
export const seconds = z.int().min(0).max(2_000_000)
export const text = z.string().min(1)
const withoutSlash = (value: string): string => value.replace(/\/+$/, '')

export const origin = text
  .refine((value) => URL.canParse(value) && new URL(value).origin === withoutSlash(value), 'must be an origin such as https://app.example.com')
  .transform(withoutSlash)
export const publicUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL such as https://tandem.example.com/browsers' })
  .refine((value) => new URL(value).search === '' && new URL(value).hash === '', 'must have no query and no fragment')
  .refine((value) => /^[\w.~/-]*$/.test(new URL(value).pathname), 'may have letters, digits and - . _ ~ in its path')
  .transform(withoutSlash)
export const udpRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, 'must be a range such as 50000-50100')
  .refine((value) => {
    const [low = 0, high = 0] = value.split('-').map(Number)
    return low >= 1 && low <= high && high <= 65_535
  }, 'must rise, within 1 and 65535')

const SECRET_KEY_BYTES = 32

/** Keys of 32 bytes, as hex or base64; null when one of the texts is none. */
export function parseSecretKeys(texts: readonly string[]): Buffer[] | null {
  const keys = texts.map((key) => Buffer.from(key, /^[0-9a-f]{64}$/i.test(key) ? 'hex' : 'base64'))
  return keys.every((key) => key.length === SECRET_KEY_BYTES) ? keys : null
}

export type ValueKind = 'text' | 'number' | 'boolean' | 'list'

/** What a flag or a variable says, in the setting's own type; a text that is none of it goes on, to be refused by the schema. */
export function fromText(kind: ValueKind, value: string): unknown {
  switch (kind) {
    case 'list':
      return value.split(/[\s,]+/).filter((item) => item !== '')
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
    case 'boolean':
      return z.stringbool().safeParse(value).data ?? value
    case 'text':
      return value
  }
}
