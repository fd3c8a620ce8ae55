/** Which server a command talks to, and with which key: flags, then the environment, then the key file of this machine. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Tandem } from '@tandem/client'
import { type Io, UnreachableError, UsageError } from './output.ts'

export const DEFAULT_URL = 'http://127.0.0.1:7900'

export interface GlobalOptions {
  url?: string
  apiKey?: string
  dataDir?: string
  json?: boolean
}

/** @throws UsageError when there is no key to be had or the address is none */
export async function connect(options: GlobalOptions, io: Io): Promise<Tandem> {
  const baseUrl = options.url ?? io.env['TANDEM_URL'] ?? localUrl(io.env)
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new UsageError(`${baseUrl} is no address of a server; give one such as ${DEFAULT_URL} by --url or TANDEM_URL.`)
  }
  const apiKey = options.apiKey ?? io.env['TANDEM_API_KEY'] ?? (await readKey(options, io.env))
  return new Tandem({ baseUrl, apiKey, fetch: (input, init) => reach(baseUrl, input, init) })
}

/** The server on this machine, where TANDEM_PORT may have moved it. */
function localUrl(env: Io['env']): string {
  return env['TANDEM_PORT'] ? `http://127.0.0.1:${env['TANDEM_PORT']}` : DEFAULT_URL
}

async function readKey(options: GlobalOptions, env: Io['env']): Promise<string> {
  // The same folder as the server's own default (packages/server/src/config.ts).
  const folder = options.dataDir ?? env['TANDEM_DATA_DIR'] ?? join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'tandem')
  const file = join(folder, 'api-key')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    throw new UsageError(
      `No API key: ${file} cannot be read. Start the server once on this machine (\`tandem serve\`), or give the key by --api-key or TANDEM_API_KEY.`,
    )
  }
}

async function reach(baseUrl: string, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init)
  } catch (error) {
    // fetch hides the reason in its cause.
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new UnreachableError(`No Tandem server answers at ${baseUrl} (${reason}). Start one with \`tandem serve\`, or name another by --url or TANDEM_URL.`)
  }
}
