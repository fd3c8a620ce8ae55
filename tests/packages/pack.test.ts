/** What `npm pack` makes of each package is what a user of it gets: every file that its package.json promises, and nothing that is not built. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const PACKAGES = join(import.meta.dirname, '..', '..', 'packages')
const names = await readdir(PACKAGES)
/** Bare specifiers: `import … from 'x'` (its last line may be `} from 'x'`), `import 'x'`, `import('x')`. */
const IMPORTS = /(?:^(?:import |export |\})[^'\n]*\bfrom |^import |\bimport\()'([^'.][^']*)'/gm

interface Manifest {
  name: string
  exports?: Record<string, string | Record<string, string>>
  bin?: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

const manifestOf = async (name: string): Promise<Manifest> => JSON.parse(await readFile(join(PACKAGES, name, 'package.json'), 'utf8'))

/** The files that a package's exports and commands name. */
async function promisedBy(name: string): Promise<string[]> {
  const { exports = {}, bin = {} } = await manifestOf(name)
  const promised = [
    ...Object.values(exports).flatMap((target) => (typeof target === 'string' ? [target] : [target['types'], target['default']])),
    ...Object.values(bin),
  ]
  return promised.filter((file) => file !== undefined).map((file) => relative('.', file.replace('*', 'a.js')))
}

/** What npm packs of each package, by its name. */
const packed = new Map<string, string[]>()
let copies: string
beforeAll(async () => {
  copies = await mkdtemp(join(tmpdir(), 'tandem-pack-'))
  for (const name of names) {
    const copy = join(copies, name)
    await mkdir(copy)
    // Under a .gitignore like ours: npm goes by it where a package does not say otherwise.
    await cp(join(PACKAGES, '..', '.gitignore'), join(copy, '.gitignore'))
    await cp(join(PACKAGES, name, 'package.json'), join(copy, 'package.json'))
    for (const file of [...(await promisedBy(name)), 'src/index.ts', 'src/index.test.ts']) {
      await mkdir(dirname(join(copy, file)), { recursive: true })
      await writeFile(join(copy, file), '')
    }
  }
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', ...names.map((name) => `./${name}`)], {
    cwd: copies,
    shell: process.platform === 'win32',
  })
  // npm 11 says a list, older and newer ones an object by name.
  const said: unknown = JSON.parse(stdout)
  for (const { name, files } of Object.values(said as Record<string, { name: string; files: { path: string }[] }>)) {
    packed.set(
      name,
      files.map(({ path }) => path),
    )
  }
})
afterAll(() => rm(copies, { recursive: true, force: true }))

describe.each(names)('packages/%s', (name) => {
  const folder = join(PACKAGES, name)

  test('carries the build that its exports and commands name, though git ignores it', async () => {
    const files = await promisedBy(name)
    const carried = packed.get((await manifestOf(name)).name) ?? []
    expect(files.length).toBeGreaterThan(0)
    expect(carried).toEqual(expect.arrayContaining(files))
    expect(carried.filter((path) => path.startsWith('src/'))).toEqual([])
  })

  test('depends on all that its sources and their types import', async () => {
    // Bundled: what it imports is in its build.
    if (name === 'capture') return
    const { name: own, dependencies = {}, peerDependencies = {} } = await manifestOf(name)
    const known = new Set([own, ...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    const missing = new Set<string>()
    for (const file of await readdir(join(folder, 'src'), { recursive: true })) {
      if (!/\.tsx?$/.test(file) || /\.test\.tsx?$/.test(file)) continue
      const source = await readFile(join(folder, 'src', file), 'utf8')
      for (const [, specifier = ''] of source.matchAll(IMPORTS)) {
        const parts = specifier.split('/')
        const wanted = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
        if (!wanted.includes(':') && !known.has(wanted)) missing.add(`${wanted} (${file})`)
      }
    }
    expect([...missing]).toEqual([])
  })
})

test.each([
  ['browser', '@tandem/capture'],
  ['server', '@tandem/element'],
])('packages/%s brings %s along, whose built files it looks for beside itself', async (name, wanted) => {
  const { dependencies }: Manifest = JSON.parse(await readFile(join(PACKAGES, name, 'package.json'), 'utf8'))
  expect(dependencies).toHaveProperty(wanted)
})
