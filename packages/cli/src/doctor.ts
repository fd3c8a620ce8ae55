/** `tandem doctor`: says what is wrong on this machine, with the configuration that `serve` would have. */
import type { Finding } from '@tandem/server/doctor'
import type { Command } from 'commander'
import { type Io, print, UsageError } from './output.ts'
import { addSettingOptions, settingFlags } from './serve.ts'

const SIGNS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

export function addDoctorCommand(program: Command, io: Io): void {
  const command = program
    .command('doctor')
    .description('Find what is wrong on this machine: Chromium, codecs, UDP, TURN, disk, clock, database, proxy. Exit code 1 when a check fails.')
  addSettingOptions(command)
  command.action(async () => {
    const options: Record<string, unknown> = command.optsWithGlobals()
    const isJson = options['json'] === true
    const findings: Finding[] = []
    for await (const finding of examined(io, options)) {
      findings.push(finding)
      if (!isJson) print(io, false, null, linesOf(finding))
    }
    const failed = findings.filter(({ status }) => status === 'fail').length
    if (isJson) print(io, true, { ok: failed === 0, findings }, [])
    if (failed > 0) throw new Error(`${failed} of ${findings.length} checks failed.`)
  })
}

/** The server is loaded for `serve` and `doctor` alone. */
async function* examined(io: Io, options: Record<string, unknown>): AsyncGenerator<Finding> {
  const [{ examine }, { ConfigError, findConfigFile, loadConfig }] = await Promise.all([import('@tandem/server/doctor'), import('@tandem/server')])
  const { config, flags } = settingFlags(options)
  try {
    yield* examine(loadConfig(io.env, {}, { flags, file: findConfigFile(io.env, config) }), io.env)
  } catch (error) {
    // Without a configuration there is nothing to examine.
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}

function linesOf({ status, check, saw, fix }: Finding): string[] {
  return [`${SIGNS[status]}  ${check}: ${saw}`, ...(fix === null ? [] : [`      ${fix}`])]
}
