/**
 * The whole `tandem` command as commander's tree: names, options and help, from which docs/cli.md is made too. What the
 * commands do is in a file for each group of them (`sessions.ts`, `links.ts`, …); how a server is found is in `connect.ts`.
 */
import { Command, CommanderError } from 'commander'
import { addControlCommands } from './control.ts'
import { addDoctorCommand } from './doctor.ts'
import { EXIT, type Io, reportFailure } from './output.ts'
import { addKeyCommands } from './keys.ts'
import { addLinkCommands } from './links.ts'
import { addNodeCommands } from './nodes.ts'
import { addServeCommand } from './serve.ts'
import { addSessionCommands } from './sessions.ts'

/** Builds the tree; nothing runs before `parseAsync`. */
export function createProgram(io: Io): Command {
  const program = new Command('tandem')
    .description("Watch an AI agent's browser live, take the wheel, hand it back.")
    .option('--url <url>', 'the server (TANDEM_URL; default http://127.0.0.1:7900)')
    .option('--api-key <key>', "the API key (TANDEM_API_KEY; default: the key file in this machine's data directory)")
    .option('--data-dir <folder>', 'where the server keeps its data and its key (TANDEM_DATA_DIR; default ~/.local/share/tandem)')
    .option('--json', 'print JSON, for programs')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .showHelpAfterError('(tandem --help lists the commands)')
    .exitOverride()
  addServeCommand(program, io)
  addSessionCommands(program, io)
  addControlCommands(program, io)
  addLinkCommands(program, io)
  addKeyCommands(program, io)
  addNodeCommands(program, io)
  addDoctorCommand(program, io)
  return program
}

/**
 * Runs one command line and answers with its exit code: 0 done, 1 refused, 2 wrong usage, 3 no server answers.
 * @example await runCli(['ls', '--json'], { out: process.stdout, err: process.stderr, env: process.env })
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' })
    return EXIT.done
  } catch (error) {
    // Help and version end this way too, with code 0; their text is written already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    return reportFailure(error, io, args.includes('--json'))
  }
}
