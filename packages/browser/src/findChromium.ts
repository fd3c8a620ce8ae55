/** Where Chromium is on this machine. Looks only; installing one is the work of `npm start`. */
import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { TandemError } from '@tandem/protocol'

/** Chromium first: branded Chrome has policies and updates of its own. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const WELL_KNOWN = [
  '/usr/bin/chromium',
  '/usr/lib/chromium/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
]
/** Inside a folder of @puppeteer/browsers or Playwright, by platform. */
const IN_CACHE = [
  'chrome-linux64/chrome',
  'chrome-linux/chrome',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
]

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function* cached(): AsyncGenerator<string> {
  const caches = [process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), join(homedir(), 'Library/Caches')]
  for (const cache of caches) {
    for (const folder of ['tandem/chrome', 'tandem/chromium', 'puppeteer/chrome', 'ms-playwright']) {
      const builds = await readdir(join(cache, folder)).catch(() => [])
      // The newest build first: names end in their version.
      for (const build of builds.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
        for (const inside of IN_CACHE) yield join(cache, folder, build, inside)
      }
    }
  }
}

/**
 * Path of a Chromium or Chrome: `CHROMIUM_PATH`, else one on PATH, in a well-known place or in a download cache.
 * Throws `browser/not-installed` when there is none.
 */
export async function findChromium(): Promise<string> {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen) {
    if (await isExecutable(chosen)) return chosen
    throw new TandemError(
      'browser/not-installed',
      `CHROMIUM_PATH is ${chosen}, which is not an executable file. Correct it, or unset it to use the Chromium of the system.`,
    )
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  for (const path of [...onPath, ...WELL_KNOWN]) if (await isExecutable(path)) return path
  for await (const path of cached()) if (await isExecutable(path)) return path
  throw new TandemError('browser/not-installed')
}
