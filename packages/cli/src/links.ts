/** `tandem link | links | viewers | kick`: who may watch a session, who does, and sending somebody away. */
import { Argument, type Command, Option } from 'commander'
import type { LoginLink, Tandem, ViewerToken } from '@tandem/client'
import { connect, type GlobalOptions } from './connect.ts'
import { type Io, print, table } from './output.ts'
import { fromNow, parseSeconds } from './times.ts'

interface LinkOptions extends GlobalOptions {
  role: 'view' | 'control' | 'agent'
  expires?: string
  once?: boolean
  name?: string
}

export function addLinkCommands(program: Command, io: Io): void {
  withLinkOptions(
    program
      .command('link')
      .description('Print a link: without a session one that logs in to the dashboard, with a session one that opens it alone.')
      .addArgument(new Argument('[session]', 'the session')),
  ).action(async (session: string | undefined, _: unknown, command: Command) => {
    const { json, ...options } = command.optsWithGlobals<LinkOptions>()
    const tandem = await connect(options, io)
    const link: LoginLink | ViewerToken = session === undefined ? await tandem.loginLink() : await createLink(tandem, session, options)
    print(io, json, link, [link.url])
  })

  const links = program.command('links').description('Share links of a session: made, listed, revoked.')
  withLinkOptions(
    links.command('create').description('Make a link and print it; the secret in it is shown only now.').argument('<session>', 'the session'),
  ).action(async (session: string, _: unknown, command: Command) => {
    const { json, ...options } = command.optsWithGlobals<LinkOptions>()
    const link = await createLink(await connect(options, io), session, options)
    print(io, json, link, [link.url])
  })
  links
    .command('ls')
    .description('List the links that work, with who has opened them.')
    .argument('<session>', 'the session')
    .action(async (session: string, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      const { data } = await (await connect(options, io)).sessions.listTokens(session)
      const rows = data.map((link) => [
        link.id,
        link.name ?? '-',
        link.role,
        link.single_use ? 'once' : 'many',
        link.used_at === null ? 'never' : fromNow(link.used_at),
        String(link.viewers),
        fromNow(link.expires_at),
      ])
      const none = `No links. Make one: tandem links create ${session}`
      print(io, json, data, rows.length === 0 ? [none] : table(['LINK', 'NAME', 'ROLE', 'FOR', 'OPENED', 'WATCHING', 'EXPIRES'], rows))
    })
  links
    .command('revoke')
    .description('Revoke a link: whoever watches or drives through it is disconnected at once.')
    .argument('<session>', 'the session')
    .argument('<link>', 'the id of the link')
    .action(async (session: string, link: string, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      await (await connect(options, io)).sessions.revokeToken(session, link)
      print(io, json, { id: link, revoked: true }, [`Revoked ${link}`])
    })

  program
    .command('viewers')
    .description('List who watches a session, from where.')
    .argument('<session>', 'the session')
    .action(async (session: string, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      const { data } = await (await connect(options, io)).sessions.viewers(session)
      const rows = data.map((viewer) => [
        viewer.id,
        viewer.name,
        viewer.driving ? `${viewer.role}, drives` : viewer.role,
        viewer.address ?? '-',
        viewer.token_id === null ? 'login or key' : (viewer.token_name ?? viewer.token_id),
        viewer.transport ?? '-',
        viewer.fps === null ? '-' : `${Math.round(viewer.fps)} fps`,
        viewer.glass_to_glass_ms === null ? '-' : `${Math.round(viewer.glass_to_glass_ms)} ms`,
        fromNow(viewer.joined_at),
      ])
      print(
        io,
        json,
        data,
        rows.length === 0 ? ['Nobody watches.'] : table(['VIEWER', 'NAME', 'ROLE', 'FROM', 'LINK', 'PICTURE', 'RATE', 'DELAY', 'CAME'], rows),
      )
    })

  program
    .command('kick')
    .description('Send a viewer away for good. A link for one is dead with it; a link for several goes on working unless you say --revoke.')
    .argument('<session>', 'the session')
    .argument('<viewer>', 'the id of the viewer')
    .option('--revoke', 'revoke the link too, with all who watch through it')
    .action(async (session: string, viewer: string, _: unknown, command: Command) => {
      const { json, revoke, ...options } = command.optsWithGlobals<GlobalOptions & { revoke?: boolean }>()
      const kicked = await (await connect(options, io)).sessions.kick(session, viewer, { revoke: revoke === true })
      const { link } = kicked
      const lines = [`Sent ${viewer} away.`]
      if (link?.works === true)
        lines.push(`The link ${link.name ?? link.id} still works, for whoever has it. Revoke it: tandem links revoke ${session} ${link.id}`)
      if (link?.works === false) lines.push(`The link ${link.name ?? link.id} does not work any more.`)
      print(io, json, kicked, lines)
    })
}

function withLinkOptions(command: Command): Command {
  return command
    .addOption(new Option('--role <role>', 'what the holder of the link may do').choices(['view', 'control', 'agent']).default('view'))
    .option('--expires <time>', 'how long the link works: 90s, 15m, 2h, 7d or seconds (default 1d)')
    .option('--once', 'lets in whoever opens it first, and nobody else')
    .option('--name <name>', 'whom it is for, for lists and the audit log')
}

function createLink(tandem: Tandem, session: string, { role, expires, once, name }: LinkOptions): Promise<ViewerToken> {
  return tandem.sessions.createToken(session, {
    role,
    ...(expires === undefined ? {} : { expires_in_s: parseSeconds('--expires', expires) }),
    ...(once === true ? { single_use: true } : {}),
    ...(name === undefined ? {} : { name }),
  })
}
