/** The relay under measure: the product's server with one session, in a process of its own. Prints where the session is. */
import { loadConfig, startServer } from '@tandem/server'
import { launchSynthetic } from './syntheticBrowser.ts'

const [, , dataDir = '', chromiumPath] = process.argv
const config = loadConfig({}, { port: 0, dataDir, chromiumPath, logLevel: 'error', maxViewers: 100_000 })
const server = await startServer(config, { launch: launchSynthetic })
const answer = await fetch(`${server.url}/v1/agent-sessions`, { method: 'POST', headers: { authorization: `Bearer ${server.apiKey}` } })
const session: { live: { ws_url: string } } = await answer.json()
process.stdout.write(`${session.live.ws_url}\n`)
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
