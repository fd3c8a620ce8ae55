/** `tandem serve`: the server in this process. Every setting has a flag; flags win over the environment, and that over the file. */
import { SETTINGS } from '@tandem/server/settings'
import type { SettingName } from '@tandem/server/settings'
import { type Command, Option } from 'commander'
import { type Io, print } from './output.ts'

/** Options of the whole program, which `serve` reads too. */
const GLOBAL: readonly SettingName[] = ['apiKey', 'dataDir']

export function addServeCommand(program: Command, io: Io): void {
  const command = program.command('serve').description('Run the server and print a link that logs in.')
  addSettingOptions(command)
  command.action(async () => {
    // The server and all it brings are loaded for this command alone.
    const { runServer } = await import('@tandem/server')
    const options: Record<string, unknown> = command.optsWithGlobals()
    await runServer(io.env, settingFlags(options), ({ url, loginUrl }) => print(io, options['json'] === true, { url, login_url: loginUrl }, [loginUrl]))
  })
}

/** `--config` and a flag for each setting. */
export function addSettingOptions(command: Command): void {
  command.addOption(new Option('--config <file>', 'configuration file (TANDEM_CONFIG; default: tandem.config.json here, when there is one)'))
  for (const { name, flag, env, doc } of SETTINGS) {
    if (!GLOBAL.includes(name)) command.addOption(new Option(flag, `${doc.replaceAll('`', '').replace(/\.$/, '')} (${env})`))
  }
}

export interface SettingFlags {
  config?: string
  flags: Partial<Record<SettingName, string>>
}

/** What was given of those, under the names of the settings. */
export function settingFlags(options: Record<string, unknown>): SettingFlags {
  const flags: SettingFlags['flags'] = {}
  for (const { name, flag } of SETTINGS) {
    // commander's own name for a flag: `--turn-secret <x>` -> `turnSecret`.
    const value = options[new Option(flag).attributeName()]
    if (typeof value === 'string') flags[name] = value
  }
  return { flags, ...(typeof options['config'] === 'string' ? { config: options['config'] } : {}) }
}
