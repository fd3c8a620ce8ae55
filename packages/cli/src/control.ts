/** `tandem takeover | handback`: the wheel from a terminal, as a script or an operator would take it. */
import { hostname, userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connect.ts'
import { type Io, print } from './output.ts'

interface TakeoverOptions extends GlobalOptions {
  name?: string
  clientId?: string
  force?: boolean
}

interface HandbackOptions extends GlobalOptions {
  outcome: 'done' | 'failed'
  note?: string
  clientId?: string
}

export function addControlCommands(program: Command, io: Io): void {
  program
    .command('takeover')
    .description("Take the wheel of a session: from then on none of the agent's commands reaches the page.")
    .argument('<id>', 'the session')
    .option('--name <name>', 'the name that others see (default: yours on this machine)')
    .option('--client-id <id>', 'who takes it, for the handback (default: you on this machine)')
    .option('--force', 'take it from another human (needs the role admin)')
    .action(async (id: string, _: unknown, command: Command) => {
      const { json, name, clientId, force, ...options } = command.optsWithGlobals<TakeoverOptions>()
      const tandem = await connect(options, io)
      const session = await tandem.sessions.takeover(id, { client_id: clientId ?? ownClientId(), name: name ?? userInfo().username, force: force === true })
      print(io, json, session, [`You drive ${id}. Hand back: tandem handback ${id} --outcome done --note "what you did"`])
    })

  program
    .command('handback')
    .description('Hand the wheel back to the agent, with an outcome and a note for it.')
    .argument('<id>', 'the session')
    .addOption(new Option('--outcome <outcome>', 'whether what was asked for is done').choices(['done', 'failed']).default('done'))
    .option('--note <text>', 'what the agent should know')
    .option('--client-id <id>', 'who hands back (default: you on this machine)')
    .action(async (id: string, _: unknown, command: Command) => {
      const { json, outcome, note, clientId, ...options } = command.optsWithGlobals<HandbackOptions>()
      const tandem = await connect(options, io)
      const session = await tandem.sessions.handback(id, { client_id: clientId ?? ownClientId(), outcome, ...(note === undefined ? {} : { note }) })
      print(io, json, session, [`The agent drives ${id} again (${outcome}).`])
    })
}

/** The same for each command of one user on one machine, so that a takeover can be handed back later. */
function ownClientId(): string {
  return `cli:${userInfo().username}@${hostname()}`
}
