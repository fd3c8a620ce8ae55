/** The log: JSON lines on standard error (standard output belongs to the login link), with nothing secret in them. */
import { pino } from 'pino'
import type { Logger } from 'pino'
import type { Config } from './config.ts'

export type { Logger }

export function createLog(level: Config['logLevel']): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.token', '*.authorization', '*.cookie', '*.password', '*.apiKey', 'req.headers', 'headers.authorization', 'headers.cookie'],
      serializers: {
        // The query carries tokens on the sockets (`?token=`), so it never reaches a log.
        req: (request: { method: string; url: string }) => ({ method: request.method, url: pathOf(request.url) }),
        err: pino.stdSerializers.err,
      },
    },
    pino.destination({ fd: 2, sync: true }),
  )
}

/** A URL without its query and fragment. */
export function pathOf(url: string): string {
  return url.replace(/[?#].*$/, '')
}
