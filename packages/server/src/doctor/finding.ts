/** What the doctor says of one thing: how it is, what was seen, what to do. */
export interface Finding {
  /** `chromium`, `udp`, `turn turn:turn.example.com:3478`. */
  check: string
  status: 'ok' | 'warn' | 'fail'
  /** What was seen, for people; never a secret. */
  saw: string
  /** What to do about it; null when there is nothing to do. */
  fix: string | null
}

export const ok = (check: string, saw: string): Finding => ({ check, status: 'ok', saw, fix: null })
export const warn = (check: string, saw: string, fix: string): Finding => ({ check, status: 'warn', saw, fix })
export const fail = (check: string, saw: string, fix: string): Finding => ({ check, status: 'fail', saw, fix })

/** The words of an error, with the reason that fetch and sockets hide in its cause or its code. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return wordsOf(cause)
  // Of several addresses that were tried, each has an error of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0])
  return error.message === '' && 'code' in error ? String(error.code) : error.message
}

/** @throws Error when it takes longer */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(ms / 1_000)} s`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
