/** A session, and a page in plain livekit-client to watch and steer it; `npm start` runs in another terminal. Ctrl+C ends both. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Tandem } from '@tandem/client'
import { openSite } from './site.ts'

const dataDir = process.env['TANDEM_DATA_DIR'] ?? join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'tandem')
const apiKey = process.env['TANDEM_API_KEY'] ?? (await readFile(join(dataDir, 'api-key'), 'utf8').catch(() => '')).trim()
const tandem = new Tandem({ baseUrl: process.env['TANDEM_URL'] ?? `http://127.0.0.1:${process.env['TANDEM_PORT'] ?? 7900}`, apiKey })

try {
  const session = await tandem.sessions.create({ name: 'In a room', initial_url: process.argv[2] ?? 'https://example.com' })
  const site = await openSite(tandem, session.id, Number(process.env['PORT'] ?? 0))
  console.log(`Watch and steer:\n\n  ${site.url}\n\nCtrl+C closes the session.`)
  if (!session.livekit) console.log('This server has no LiveKit server yet: the page says so when it asks for its token.')
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
  await site.close()
  await tandem.sessions.close(session.id)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
