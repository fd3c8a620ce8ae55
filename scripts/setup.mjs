// @ts-check
/**
 * All that `npm start`, `npm test` and `npm run check` need before they can do their work: npm packages, Chromium,
 * builds. Each step is skipped in milliseconds when its stamp in .cache/setup says that nothing has changed.
 * Runs on any Node from 20.19 on, without packages; the rest of the project runs on `nodeBinary()`.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runLogged, SetupError, step } from './progress.mjs'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** Of the Node processes that npm scripts start. */
const COMPILE_CACHE = join(ROOT, '.cache', 'node-compile')
const STAMPS = join(ROOT, '.cache', 'setup')
export const LOGS = join(ROOT, '.cache', 'logs')
const OLDEST_NODE = { major: 20, minor: 19 }
/** Where a downloaded Chromium is kept: for all checkouts, and where `findChromium` looks too. */
export const DOWNLOADS = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tandem')
/** The Node that runs the project's TypeScript. */
const NODE_MAJOR = 24

/** Refuses a Node that cannot even run these scripts. */
export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor)) return
  throw new SetupError(
    `Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer (https://nodejs.org), then run the same command again.`,
  )
}

/** The Node that the project runs on: the pinned one from npm, else this one when it is new enough. */
export function nodeBinary() {
  const pinned = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(pinned)) return pinned
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath
  throw new SetupError(`node_modules/.bin/node is missing, so its installation was not complete. Remove node_modules and run the same command again.`)
}

/** The environment of everything that runs on `nodeBinary()`: its folder first on PATH, so that children find it as `node`. */
export function nodeEnv(extra = {}) {
  const path = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`
  return { ...process.env, PATH: path, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? COMPILE_CACHE, ...extra }
}

/** Installs what package-lock.json says, when it is not what is installed. */
export async function ensurePackages() {
  const lock = join(ROOT, 'package-lock.json')
  const installed = join(ROOT, 'node_modules', '.package-lock.json')
  const complete = () => existsSync(installed) && existsSync(join(ROOT, 'node_modules', '.bin', 'vitest'))
  const fingerprint = () => `${hashFiles([lock])} ${statSync(installed).mtimeMs}`
  if (complete()) {
    if (readStamp('packages') === fingerprint()) return
    // Somebody ran `npm install` by hand after the last change of the lock file.
    if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return writeStamp('packages', fingerprint())
  }
  // `ci` removes node_modules first: right for a first or a broken installation, wasteful for an update.
  const command = complete() ? 'install' : 'ci'
  await step('npm packages', (say) =>
    runLogged('npm', [command, '--no-audit', '--no-fund', '--loglevel=http'], {
      name: 'npm',
      logDir: LOGS,
      cwd: ROOT,
      say: (line) => say(line.replace(/^npm http \S+ /, '').replace(/ \d+ms.*$/, '')),
    }),
  )
  const version = spawnSync(nodeBinary(), ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  if (!(Number.parseInt(version.slice(1), 10) >= NODE_MAJOR)) {
    throw new SetupError(
      `The pinned Node in node_modules does not run here (${version || 'no answer'}). Install Node ${NODE_MAJOR} or newer yourself, remove node_modules and run the same command again.`,
    )
  }
  writeStamp('packages', fingerprint())
}

/**
 * Finds Chromium or installs one: CHROMIUM_PATH, the system's, Debian's by apt when root, else one from the Chrome
 * team in ~/.cache/tandem. Answers with its path.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const named = process.env['CHROMIUM_PATH']
  if (named) {
    if (isExecutable(named)) return named
    throw new SetupError(`CHROMIUM_PATH is ${named}, which is no program. Correct it, or unset it to have Chromium found or installed.`)
  }
  const found = systemChromium() ?? downloadedChromium()
  if (found) return found
  if (process.platform === 'linux' && process.getuid?.() === 0 && isDebian()) {
    try {
      await step('Chromium (apt)', (say) => aptInstall(['chromium'], say))
    } catch (error) {
      console.error(`${error instanceof Error ? error.message : error}\napt could not install Chromium; trying a download.`)
    }
    const installed = systemChromium()
    if (installed) return installed
  }
  const withDeps = process.platform === 'linux' && process.getuid?.() === 0 ? ['--install-deps'] : []
  const install = ['install', 'chrome@stable', '--path', DOWNLOADS, ...withDeps]
  try {
    await step('Chromium (download)', (say) =>
      runLogged(join(ROOT, 'node_modules', '.bin', 'browsers'), install, { name: 'chromium', logDir: LOGS, cwd: ROOT, env: nodeEnv(), say }),
    )
    const installed = downloadedChromium()
    if (installed) return installed
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  throw new SetupError(
    'No Chromium could be found or installed. Install Chromium or Chrome 150 or newer (Debian: `apt-get install chromium`; Fedora: `dnf install chromium`; macOS: `brew install --cask google-chrome`), or set CHROMIUM_PATH to one, then run the same command again.',
  )
}

/** What the tests of networks use: a TURN server, hosts and links of their own, rules that limit and lose packets. */
const NETWORK_TOOLS = { turnserver: 'coturn', ip: 'iproute2', nft: 'nftables' }

/** Installs the network tools that are missing, where that can be done without asking; the tests that need them fail by name otherwise. */
export async function ensureNetworkTools() {
  const missing = Object.entries(NETWORK_TOOLS).flatMap(([program, name]) => (onPath(program) ? [] : [name]))
  if (missing.length === 0 || process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return
  await step(`${missing.join(', ')} (apt)`, (say) => aptInstall(missing, say)).catch((error) =>
    console.error(`${error.message}\nThe tests in tests/network need ${missing.join(', ')}.`),
  )
}

/** Installs Debian's PostgreSQL where that can be done without asking; the tests that need one are skipped with a line that says so otherwise. */
export async function ensurePostgres() {
  const installed =
    existsSync('/usr/lib/postgresql') && readdirSync('/usr/lib/postgresql').some((version) => isExecutable(`/usr/lib/postgresql/${version}/bin/initdb`))
  if (installed || process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return
  await step('postgresql (apt)', (say) => aptInstall(['postgresql'], say)).catch((error) =>
    console.error(`${error.message}\nThe tests of PostgreSQL are skipped without it.`),
  )
}

/** Fuzzes REST by its description; a Python program, pinned. */
const SCHEMATHESIS = '4.32.5'

/** Puts schemathesis into an environment of its own under .cache, where there is a Python; the test that needs it is skipped otherwise. */
export async function ensureSchemathesis() {
  const folder = join(ROOT, '.cache', 'schemathesis')
  if (readStamp('schemathesis') === SCHEMATHESIS && isExecutable(join(folder, 'bin', 'schemathesis'))) return
  const python = onPath('python3')
  if (!python) return
  const options = { name: 'schemathesis', logDir: LOGS, cwd: ROOT }
  try {
    await step('schemathesis (pip)', async (say) => {
      await runLogged(python, ['-m', 'venv', folder], { ...options, say })
      await runLogged(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${SCHEMATHESIS}`], { ...options, say })
    })
    writeStamp('schemathesis', SCHEMATHESIS)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\ntests/fuzz/rest.test.ts is skipped without it.`)
  }
}

/**
 * The builds that a running server needs: the capture extension, the dashboard, and the server's own sources, stripped
 * and compiled into Node's cache: a process that strips types itself holds the stripper, 25 MB, for as long as it lives. `stamp` is out of date when a file
 * under `inputs` has changed or `output` is missing.
 */
const BUILDS = [
  {
    stamp: 'capture',
    title: 'capture extension',
    output: 'packages/capture/dist/extension/manifest.json',
    inputs: ['packages/capture', 'packages/protocol/src'],
    args: ['--conditions=source', 'packages/capture/build.ts'],
    cwd: '.',
  },
  {
    stamp: 'dashboard',
    title: 'dashboard',
    output: 'apps/dashboard/dist/index.html',
    inputs: ['apps/dashboard', 'packages/react/src', 'packages/element/src', 'packages/client/src', 'packages/protocol/src'],
    args: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', 'apps/dashboard'],
    cwd: '.',
  },
  {
    stamp: 'element',
    title: 'element',
    output: 'packages/element/dist/tandem-view.js',
    inputs: ['packages/element', 'packages/client/src', 'packages/protocol/src'],
    args: ['--conditions=source', 'packages/element/build.ts'],
    cwd: '.',
  },
  {
    stamp: 'server',
    title: 'server',
    output: COMPILE_CACHE,
    inputs: ['packages/server/src', 'packages/browser/src', 'packages/protocol/src'],
    args: ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', "await import('@tandem/server')"],
    cwd: '.',
  },
]

/**
 * Builds what has changed since the last build; `force` builds anyway.
 * @param {{ only?: 'capture' | 'dashboard' | 'element' | 'server', force?: boolean }} [options]
 */
export async function ensureBuilt({ only, force = false } = {}) {
  for (const { stamp, title, output, inputs, args, cwd } of BUILDS) {
    const hash = hashFiles([...inputs.flatMap((input) => filesUnder(join(ROOT, input))), join(ROOT, 'package-lock.json')])
    if (only && only !== stamp) continue
    if (!force && existsSync(resolve(ROOT, output)) && readStamp(stamp) === hash) continue
    await step(`build of the ${title}`, (say) =>
      runLogged(nodeBinary(), args, { name: `build-${stamp}`, logDir: LOGS, cwd: join(ROOT, cwd), env: nodeEnv(), say }),
    )
    if (!existsSync(resolve(ROOT, output))) throw new SetupError(`The build of the ${title} left no ${output}.`)
    writeStamp(stamp, hash)
  }
}

/**
 * @param {string[]} packages
 * @param {(detail: string) => void} say
 */
async function aptInstall(packages, say) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await runLogged('apt-get', ['update'], { name: 'apt-update', logDir: LOGS, cwd: ROOT, env, say })
  await runLogged('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { name: `apt-${packages[0]}`, logDir: LOGS, cwd: ROOT, env, say })
}

/** Ubuntu's `chromium` package is only a pointer to a snap, which needs a running snapd: not for us. */
function isDebian() {
  if (!onPath('apt-get') || !existsSync('/etc/os-release')) return false
  return /^ID=["']?debian/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/** The names that `findChromium` of packages/browser knows, in its order. */
function systemChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']) {
    const path = onPath(name)
    if (path) return path
  }
  const applications = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']
  return process.platform === 'darwin' ? applications.find(isExecutable) : undefined
}

/** What an earlier `npm start` downloaded, the newest first. */
function downloadedChromium() {
  const folder = join(DOWNLOADS, 'chrome')
  if (!existsSync(folder)) return undefined
  const builds = readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const mac = 'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing'
  const inside = ['chrome-linux64/chrome', 'chrome-linux-arm64/chrome', `chrome-mac-arm64/${mac}`, `chrome-mac-x64/${mac}`]
  return builds.flatMap((build) => inside.map((path) => join(folder, build, path))).find(isExecutable)
}

/**
 * @param {string} name
 * @param {string} path folders, as PATH has them
 */
export function onPath(name, path = process.env['PATH'] ?? '') {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist' && !name.includes('.test.'))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : entry.isFile() ? [join(folder, entry.name)] : []))
}

/** @param {string[]} files */
function hashFiles(files) {
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** @param {string} name */
function readStamp(name) {
  const file = join(STAMPS, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/**
 * @param {string} name
 * @param {string} value
 */
function writeStamp(name, value) {
  mkdirSync(STAMPS, { recursive: true })
  writeFileSync(join(STAMPS, name), value)
}
