/** `tandem open | ls | close`. */
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connect.ts'
import { columns, type Io, print, UsageError } from './output.ts'
import { parseSeconds } from './times.ts'

interface OpenOptions extends GlobalOptions {
  device?: 'desktop' | '1080p' | 'phone'
  mode?: 'ai' | 'manual' | 'pair' | 'shared'
  name?: string
  viewport?: string
  profile?: string
  maxViewers?: string
  idleTimeout?: string
  maxDuration?: string
}

export function addSessionCommands(program: Command, io: Io): void {
  program
    .command('open')
    .description('Open a session: a browser that an agent drives and people watch. Prints the link for people and the CDP address for the agent.')
    .argument('[url]', 'the page to open')
    .addOption(new Option('--device <device>', 'what the browser looks like').choices(['desktop', '1080p', 'phone']))
    .option('--viewport <WxH[@scale]>', 'a size of your own, such as 800x600 or 402x874@3')
    .addOption(new Option('--mode <mode>', 'who drives; pair is by turns, shared both at once').choices(['ai', 'manual', 'pair', 'shared']))
    .option('--name <name>', 'a name for lists')
    .option('--profile <name>', 'keeps cookies and storage under this name, from session to session')
    .option('--max-viewers <number>', 'how many may watch')
    .option('--idle-timeout <time>', 'closes it after so long without a viewer, an agent or a command: 15m, 2h; 0: never')
    .option('--max-duration <time>', 'closes it after so long in any case; 0: never')
    .action(async (url: string | undefined, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<OpenOptions>()
      const tandem = await connect(options, io)
      const session = await tandem.sessions.create({
        ...(url === undefined ? {} : { initial_url: withScheme(url) }),
        ...(options.device === undefined ? {} : { device: options.device }),
        ...(options.viewport === undefined ? {} : { viewport: parseViewport(options.viewport) }),
        ...(options.mode === undefined ? {} : { mode: options.mode }),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.profile === undefined ? {} : { profile: options.profile }),
        ...(options.maxViewers === undefined ? {} : { max_viewers: parseCount('--max-viewers', options.maxViewers) }),
        ...(options.idleTimeout === undefined ? {} : { idle_timeout_s: parseSeconds('--idle-timeout', options.idleTimeout) }),
        ...(options.maxDuration === undefined ? {} : { max_duration_s: parseSeconds('--max-duration', options.maxDuration) }),
      })
      const rows = [
        ['session', session.id],
        ['watch', session.view_url ?? ''],
        ['cdp', session.cdp?.ws_url ?? ''],
      ]
      print(io, json, session, columns(rows))
    })

  program
    .command('ls')
    .description('List the open sessions.')
    .option('--all', 'closed ones too')
    .action(async (_: unknown, command: Command) => {
      const { json, all, ...options } = command.optsWithGlobals<GlobalOptions & { all?: boolean }>()
      const tandem = await connect(options, io)
      const { data } = await tandem.sessions.list({ status: all ? 'all' : 'open', limit: 200 })
      const rows = data.map((session) => [
        session.id,
        session.name ?? '-',
        session.status,
        session.mode,
        driverOf(session.control.driver),
        `${session.viewers} watching`,
        session.page_state?.url ?? '-',
      ])
      print(io, json, data, data.length === 0 ? ['No sessions. Open one: tandem open https://example.com'] : columns(rows))
    })

  program
    .command('close')
    .description('Close a session and its browser.')
    .argument('<id>', 'the session')
    .action(async (id: string, _: unknown, command: Command) => {
      const { json, ...options } = command.optsWithGlobals<GlobalOptions>()
      const tandem = await connect(options, io)
      await tandem.sessions.close(id)
      print(io, json, { id, status: 'closed' }, [`Closed ${id}`])
    })
}

/** `example.com` -> `https://example.com`, as in an address bar; loopback has no certificate. */
function withScheme(url: string): string {
  if (/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url)) return url
  return /^(localhost|127\.|\[::1\])/.test(url) ? `http://${url}` : `https://${url}`
}

function parseViewport(text: string): { width: number; height: number; scale?: number } {
  const [, width, height, scale] = /^(\d+)x(\d+)(?:@([\d.]+))?$/.exec(text) ?? []
  if (width === undefined || height === undefined) throw new UsageError(`--viewport takes a size such as 800x600 or 402x874@3; it was ${text}.`)
  return { width: Number(width), height: Number(height), ...(scale === undefined ? {} : { scale: Number(scale) }) }
}

function parseCount(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} takes a number such as 10; it was ${text}.`)
  return Number(text)
}

function driverOf(driver: { kind: string; name?: string }): string {
  if (driver.kind === 'human') return `${driver.name ?? 'a human'} drives`
  return { agent: 'agent drives', both: 'both drive', nobody: 'nobody drives' }[driver.kind] ?? driver.kind
}
