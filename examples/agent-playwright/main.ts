/** `npm run example`, while `npm start` runs in another terminal: an agent orders plants and needs you for one step. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Tandem } from '@tandem/client'
import { orderPlants } from './agent.ts'
import { openShop } from './shop.ts'

const dataDir = process.env['TANDEM_DATA_DIR'] ?? join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'tandem')
const apiKey = process.env['TANDEM_API_KEY'] ?? (await readFile(join(dataDir, 'api-key'), 'utf8').catch(() => '')).trim()
const tandem = new Tandem({ baseUrl: process.env['TANDEM_URL'] ?? `http://127.0.0.1:${process.env['TANDEM_PORT'] ?? 7900}`, apiKey })

const shop = await openShop((code) => console.log(`\n  Your phone: the code for Fern & Field is ${code}\n`))
try {
  const session = await tandem.sessions.create({ name: 'Plants by post', initial_url: shop.url })
  try {
    const { url } = await tandem.sessions.createToken(session.id, { role: 'control', name: 'example' })
    console.log(`Watch, and take control when asked:\n\n  ${url}\n`)
    const { orderNumber } = await orderPlants({
      tandem,
      sessionId: session.id,
      cdpUrl: session.cdp.ws_url,
      shopUrl: shop.url,
      say: (line) => console.log(`agent: ${line}`),
    })
    console.log(`agent: ordered, number ${orderNumber}`)
  } finally {
    await tandem.sessions.close(session.id)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await shop.close()
}
