// @ts-check
/**
 * The LiveKit server that rooms need: there already, or built once by Go from what engines/livekit pins, into the cache
 * where the server looks for it (packages/server/src/rooms/findLiveKit.ts). Everything else works without.
 * Runs on any Node from 20.19 on, without packages.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runLogged, SetupError, step } from './progress.mjs'
import { DOWNLOADS, isExecutable, LOGS, onPath, ROOT } from './setup.mjs'

const FOLDER = join(ROOT, 'engines', 'livekit')
const PROGRAM = 'github.com/livekit/livekit-server/cmd/server'
/** Where Go is when it was installed by its own instructions, and PATH does not say so. */
const GO_FOLDERS = ['/usr/local/go/bin', '/usr/lib/go/bin', join(homedir(), 'go', 'bin'), '/opt/homebrew/bin']
const HOW_LONG = 'some minutes, once'

/**
 * Builds it for the tests. Without Go a line says what is missing.
 * @returns {Promise<void>}
 */
export async function ensureLiveKit() {
  if (find()) return
  const go = findGo()
  if (typeof go !== 'string') return console.error(`${go.missing}\nThe tests in tests/rooms need it.`)
  await step(`LiveKit server (${HOW_LONG})`, (say) => build(go, say)).catch((error) => console.error(`${error.message}\nThe tests in tests/rooms need it.`))
}

/**
 * Builds it beside the running server, which takes it up when it is there: nobody waits for the link.
 * @param {AbortSignal} signal ends the build
 * @returns {Promise<void>}
 */
export async function buildLiveKitBeside(signal) {
  const there = find()
  if (there) return console.error(`Rooms are on: ${there}`)
  const go = findGo()
  if (typeof go !== 'string') return console.error(`Rooms are off: ${go.missing} Everything else works without.`)
  const start = Date.now()
  console.error(`The LiveKit server for rooms is being built in the background (${HOW_LONG}); everything else works already.`)
  try {
    await build(go, undefined, signal)
    console.error(`✓ LiveKit server (${Math.round((Date.now() - start) / 1_000)} s): rooms work from now on.`)
  } catch (error) {
    if (!signal.aborted)
      console.error(`${error instanceof SetupError ? error.message : error}\nRooms stay off until the LiveKit server can be built; everything else works.`)
  }
}

/** As the server will find it. */
function find() {
  return onPath('livekit-server') ?? [built()].find(isExecutable)
}

/** The build's path: of another pinned version, or other sources of it, it is another one. */
function built() {
  const version = /livekit-server v(\d+\.\d+\.\d+)/.exec(readFileSync(join(FOLDER, 'go.mod'), 'utf8'))?.[1]
  const hash = createHash('sha256')
    .update(readFileSync(join(FOLDER, 'go.sum')))
    .digest('hex')
  return join(DOWNLOADS, `livekit-server-${version}-${hash.slice(0, 12)}`)
}

/**
 * @param {string} go
 * @param {((detail: string) => void) | undefined} say
 * @param {AbortSignal} [signal]
 */
async function build(go, say, signal) {
  const path = built()
  mkdirSync(DOWNLOADS, { recursive: true })
  // Under another name until it is whole.
  const unfinished = join(DOWNLOADS, `.livekit-server-${process.pid}`)
  // What is running meanwhile comes first.
  const nice = onPath('nice')
  // What a debugger needs is thrown away at the end (-s -w); not to write it in the first place is faster.
  const flags = ['-trimpath', '-ldflags=-s -w', '-gcflags=all=-dwarf=false']
  const command = [...(nice ? [nice, '-n', '10'] : []), go, 'build', '-v', ...flags, '-o', unfinished, PROGRAM]
  const [program = go, ...args] = command
  try {
    await runLogged(program, args, { name: 'livekit', logDir: LOGS, cwd: FOLDER, env: { GOGC: '400', ...process.env, CGO_ENABLED: '0' }, say, signal })
    renameSync(unfinished, path)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** @returns {string | { missing: string }} */
function findGo() {
  const wanted = /^go (\d+)\.(\d+)/m.exec(readFileSync(join(FOLDER, 'go.mod'), 'utf8')) ?? []
  const needed = `${wanted[1]}.${wanted[2]}`
  const ways = `Install Go ${needed} or newer (https://go.dev/dl) and run the same command again, put \`livekit-server\` on PATH, or set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.`
  const path = onPath('go', [process.env['PATH'] ?? '', ...GO_FOLDERS].join(delimiter))
  if (!path) return { missing: `there is no LiveKit server and no Go to build one. ${ways}` }
  const version = spawnSync(path, ['env', 'GOVERSION'], { cwd: homedir(), encoding: 'utf8' }).stdout?.trim() ?? ''
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(version) ?? []
  const isEnough = Number(major) > Number(wanted[1]) || (major === wanted[1] && Number(minor) >= Number(wanted[2]))
  return isEnough ? path : { missing: `there is no LiveKit server, and ${version || 'the Go here'} is too old to build one. ${ways}` }
}
