/** The entry of the `tandem` command: `bin/tandem.mjs` starts it with the right Node. */
import { runCli } from './program.ts'

process.exitCode = await runCli(process.argv.slice(2), { out: process.stdout, err: process.stderr, env: process.env })
