/**
 * `npm run docs`: makes the reference pages from the code that they describe; `--check` (in `npm run check`) writes
 * nothing and fails when a page is not what it would be made to. One file of scripts/docs/ for each page.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cliPage } from './docs/cli.ts'
import { configurationPage, configurationSchema } from './docs/configuration.ts'
import { errorsPage } from './docs/errors.ts'
import { gatewayPage } from './docs/gateway.ts'
import { livePage } from './docs/live.ts'
import { restPage } from './docs/rest.ts'

const PAGES: Record<string, () => string | Promise<string>> = {
  'docs/cli.md': cliPage,
  'docs/config.schema.json': configurationSchema,
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
  'docs/gateway.md': gatewayPage,
  'docs/live.md': livePage,
  'docs/rest.md': restPage,
}

const check = process.argv.includes('--check')
const stale: string[] = []
for (const [file, make] of Object.entries(PAGES)) {
  const wanted = await make()
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue
  stale.push(file)
  if (!check) writeFileSync(file, wanted)
}
if (stale.length > 0) console.log(check ? `Not what the code says any more: ${stale.join(', ')}` : `Written: ${stale.join(', ')}`)
if (check && stale.length > 0) process.exitCode = 1
