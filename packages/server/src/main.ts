/** The process of `npm start`: flags and environment in, the login link on standard output, logs on standard error. */
import { enableCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import type { SettingName } from './settings.ts'

// Before anything else is loaded. The server's garbage is small and short-lived: Node's default of 16 MB young
// space costs 30 MB for nothing. The cache keeps the stripped and compiled sources: half the start, 25 MB less.
setFlagsFromString('--max-semi-space-size=2')
setFlagsFromString('--semi-space-growth-factor=1')
enableCompileCache()
const { ConfigError, runServer, SETTINGS } = await import('./index.ts')

/** The flags of `tandem serve`. @throws ConfigError for one that there is not */
function readFlags(args: string[]): { config?: string; flags: Partial<Record<SettingName, string>> } {
  const names = new Map(SETTINGS.map(({ name, flag }) => [flag.replace(/^--| <.*/g, ''), name]))
  const options = Object.fromEntries([...names.keys(), 'config'].map((flag) => [flag, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({ args, options })
    const flags: Partial<Record<SettingName, string>> = {}
    for (const [flag, name] of names) if (typeof values[flag] === 'string') flags[name] = values[flag]
    return { flags, ...(typeof values['config'] === 'string' ? { config: values['config'] } : {}) }
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error))
  }
}

try {
  await runServer(process.env, readFlags(process.argv.slice(2)), ({ loginUrl }) => process.stdout.write(`${loginUrl}\n`))
  process.exit(0)
} catch (error) {
  const expected = error instanceof ConfigError || (error instanceof Error && 'code' in error && 'details' in error)
  const message = error instanceof Error && !expected ? error.stack : error instanceof Error ? error.message : String(error)
  process.stderr.write(`tandem: ${message}\n`)
  process.exit(1)
}
