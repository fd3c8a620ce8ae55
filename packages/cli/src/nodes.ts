/** `tandem nodes | secrets`: the LiveKit servers that rooms are on, and the key that seals what is stored of them. */
import { readFile } from 'node:fs/promises'
import type { Node } from '@tandem/client'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connect.ts'
import { type Io, print, table, UsageError } from './output.ts'

interface RegisterOptions extends GlobalOptions {
  livekitUrl?: string
  livekitKey?: string
  livekitSecretFile?: string
}

/** What the commands of one word do, and how that reads afterwards. */
const CONTROLS = {
  cordon: { does: 'Give it no new sessions; those on it stay.', done: 'gets no new sessions' },
  drain: { does: 'The same, until nothing is on it: `tandem nodes ls` shows how many sessions are left.', done: 'gets no new sessions' },
  uncordon: { does: 'Give it sessions again.', done: 'gets sessions again' },
  restart: { does: "Restart the server's own LiveKit server; viewers come back by themselves.", done: 'is being restarted' },
} as const

export function addNodeCommands(program: Command, io: Io): void {
  const nodes = program.command('nodes').description('LiveKit servers that the rooms of sessions are on.')
  nodes
    .command('ls', { isDefault: true })
    .description('List them: where they come from, whether they answer, what is on them.')
    .action(async (_: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      const { data } = await (await connect(options, io)).nodes.list()
      const rows = data.map((node) => [node.id, sourceOf(node), node.state, String(node.sessions), String(node.participants), node.problem ?? 'ok'])
      print(
        io,
        json,
        data,
        rows.length === 0 ? ['There is none: sessions have no rooms.'] : table(['NODE', 'FROM', 'STATE', 'SESSIONS', 'PARTICIPANTS', 'HEALTH'], rows),
      )
    })
  nodes
    .command('register')
    .description('Register a LiveKit server for all servers of the database, or change the one of this name.')
    .argument('<node>', 'its name')
    .requiredOption('--livekit-url <url>', 'where clients and this server reach it, as wss://livekit.example.com')
    .option('--livekit-key <key>', 'its API key (LIVEKIT_API_KEY)')
    .option('--livekit-secret-file <file>', 'a file that holds its secret, so that it is on no command line (default: LIVEKIT_API_SECRET)')
    .action(async (id: string, _: unknown, command: Command) => {
      const { json, livekitUrl = '', livekitKey, livekitSecretFile, ...options } = command.optsWithGlobals<RegisterOptions>()
      const api_key = livekitKey ?? io.env['LIVEKIT_API_KEY']
      const api_secret = livekitSecretFile === undefined ? io.env['LIVEKIT_API_SECRET'] : await readSecret(livekitSecretFile)
      if (!api_key || !api_secret)
        throw new UsageError('Give the API key by --livekit-key or LIVEKIT_API_KEY, and the secret by --livekit-secret-file or LIVEKIT_API_SECRET.')
      const answer = await (await connect(options, io)).nodes.register({ node_id: id, livekit: { api_key, api_secret, ws_url: livekitUrl } })
      print(io, json, answer, [`Registered ${answer.node_id} at ${answer.ws_url}`, ...answer.warnings])
    })
  for (const name of ['cordon', 'drain', 'uncordon', 'restart'] as const) {
    nodes
      .command(name)
      .description(CONTROLS[name].does)
      .argument('<node>', 'its name, from tandem nodes ls')
      .option('--reason <text>', 'for the audit log')
      .action(async (id: string, _: unknown, command: Command) => {
        const { json, reason, ...options } = command.optsWithGlobals<GlobalOptions & { reason?: string }>()
        const node = await (await connect(options, io)).nodes.control(id, name, reason === undefined ? {} : { reason })
        print(io, json, node, [`${node.id} ${CONTROLS[name].done}${name === 'drain' ? ` (${node.sessions} on it)` : ''}`])
      })
  }
  nodes
    .command('rm')
    .description('Forget a registered LiveKit server; refused while sessions are on it.')
    .argument('<node>', 'its name')
    .action(async (id: string, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      await (await connect(options, io)).nodes.remove(id)
      print(io, json, { id }, [`Forgot ${id}`])
    })

  program
    .command('secrets')
    .description('The key that seals the stored secrets of LiveKit servers.')
    .command('rotate')
    .description('Seal them with a new key: a new one in the data directory, or the first that TANDEM_SECRET_KEY names.')
    .action(async (_: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      const answer = await (await connect(options, io)).nodes.rotateSecrets()
      const { resealed, unreadable, key_id } = answer
      print(io, json, answer, [
        `${resealed} ${resealed === 1 ? 'secret is' : 'secrets are'} sealed anew, with the key ${key_id}`,
        ...unreadable.map((id) => `No key opens the secret of ${id}: register it again.`),
      ])
    })
}

function sourceOf({ source }: Node): string {
  return { own: 'this server', environment: 'LIVEKIT_URL', registered: 'registered' }[source]
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`--livekit-secret-file: ${error instanceof Error ? error.message : String(error)}`)
  }
}
