/** A real coturn on loopback, with time-limited credentials made from a shared secret (draft-uberti-behave-turn-rest). */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const TURNSERVER = '/usr/bin/turnserver'

export interface Coturn {
  /** `turn:127.0.0.1:<port>?transport=udp`. */
  url: string
  /** The same server over TCP, and over TLS where it has a certificate. */
  tcpUrl: string
  tlsUrl: string
  secret: string
  /** Bytes of relayed sessions are logged when they end; the log so far. */
  log(): string
  close(): Promise<void>
}

export interface CoturnOptions {
  /** PEM files: it speaks TLS too. */
  certificate?: { cert: string; key: string }
  /** Of one that was there before: the same port and secret. */
  like?: Coturn
}

export async function startCoturn({ certificate, like }: CoturnOptions = {}): Promise<Coturn> {
  const port = like ? Number(/:(\d+)\?/.exec(like.url)?.[1]) : await freePort()
  const tlsPort = await freePort()
  const secret = like?.secret ?? randomBytes(16).toString('hex')
  const tls = certificate ? ['--tls-listening-port', String(tlsPort), '--cert', certificate.cert, '--pkey', certificate.key] : ['--no-tls']
  const dir = mkdtempSync(join(tmpdir(), 'tandem-coturn-'))
  const child = spawn(
    TURNSERVER,
    [
      '-n',
      ...['--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(port)],
      ...['--min-port', '49160', '--max-port', '49360'],
      ...['--use-auth-secret', '--static-auth-secret', secret, '--realm', 'tandem.test'],
      ...['--allow-loopback-peers', '--no-cli', ...tls, '--no-dtls', '--verbose', '--log-file', 'stdout', '--simple-log'],
      ...['--pidfile', join(dir, 'pid'), '--db', join(dir, 'turndb')],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  const listening = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes(`IPv4. UDP listener opened on: 127.0.0.1:${port}`) || /UDP listener opened on/.test(log)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`coturn ended with ${code}:\n${log}`)))
    child.once('error', reject)
  })
  await listening
  return {
    url: `turn:127.0.0.1:${port}?transport=udp`,
    tcpUrl: `turn:127.0.0.1:${port}?transport=tcp`,
    tlsUrl: `turns:127.0.0.1:${tlsPort}?transport=tcp`,
    secret,
    log: () => log,
    close: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (!address || typeof address === 'string') throw new Error('no port')
  return address.port
}
