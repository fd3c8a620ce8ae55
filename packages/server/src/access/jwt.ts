/** The tokens themselves: JWTs signed with the server's secret. What stands behind a token is `auth.ts`. */
import { roleSchema, TandemError } from '@tandem/protocol'
import { errors as joseErrors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'

const claimsSchema = z.object({
  jti: z.string(),
  role: roleSchema,
  /** The one session; null: all. */
  sid: z.string().nullable(),
  /** Of tokens inside addresses, which are not stored: the credential that asked for them, with which they end. */
  by: z.string().nullable(),
  /** Proof of having opened a single-use link first. */
  claim: z.string().optional(),
  /** Seconds since the epoch. */
  exp: z.number(),
})
export type Claims = z.infer<typeof claimsSchema>

export function signToken(secret: Buffer, { jti, exp, ...rest }: Claims): Promise<string> {
  return new SignJWT(rest).setProtectedHeader({ alg: 'HS256' }).setIssuer('tandem').setJti(jti).setExpirationTime(exp).sign(secret)
}

/** @throws TandemError `auth/invalid`, `auth/expired` */
export async function readToken(secret: Buffer, token: string, now: number): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'], issuer: 'tandem', currentDate: new Date(now) })
    return claimsSchema.parse(payload)
  } catch (error) {
    throw new TandemError(error instanceof joseErrors.JWTExpired ? 'auth/expired' : 'auth/invalid', undefined, {}, { cause: error })
  }
}
