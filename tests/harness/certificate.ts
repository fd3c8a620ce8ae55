/** A certificate of the tests' own for 127.0.0.1 and localhost, made by openssl. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestCertificate extends Disposable {
  /** PEM files. */
  cert: string
  key: string
  /** Their content: the certificate is its own authority. */
  read(): { cert: Buffer; key: Buffer }
  /** Another certificate in the same files. */
  renew(): void
}

export function makeCertificate(): TestCertificate {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-tls-'))
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const renew = (): void => {
    const names = 'subjectAltName=IP:127.0.0.1,IP:10.90.0.1,DNS:localhost'
    const subject = ['-subj', '/CN=tandem.test', '-addext', names, '-days', '2']
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, ...subject], {
      stdio: 'pipe',
    })
  }
  renew()
  return { cert, key, read: () => ({ cert: readFileSync(cert), key: readFileSync(key) }), renew, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) }
}
