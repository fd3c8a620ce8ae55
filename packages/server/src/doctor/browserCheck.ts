/** Chromium, for real: found, started, a page captured and encoded the way sessions do it, its codecs asked of itself. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium, launchBrowser } from '@tandem/browser'
import type { LiveBrowser } from '@tandem/browser'
import { DEVICES } from '@tandem/protocol'
import type { Config } from '../config.ts'
import { fail, ok, warn, within, wordsOf } from './finding.ts'
import type { Finding } from './finding.ts'

const LAUNCH_MS = 30_000
const CAPTURE_MS = 20_000
const PAGE = 'data:text/html,<title>doctor</title><body style="background:green"><script>let n=0;setInterval(()=>document.title=++n+"",50)</script>'

/** Codecs by name, as WebCodecs wants to be asked; the first two carry the pictures, and one of them must be there. */
const VIDEO = { AV1: 'av01.0.08M.08', VP8: 'vp8', VP9: 'vp09.00.10.08', 'H.264': 'avc1.42001f' }

export async function checkBrowser({ chromiumPath }: Pick<Config, 'chromiumPath'>): Promise<Finding[]> {
  let path: string
  try {
    path = chromiumPath ?? (await findChromium())
  } catch (error) {
    return [fail('chromium', wordsOf(error), 'Install Chromium 150 or newer, or set CHROMIUM_PATH.')]
  }
  const folder = await mkdtemp(join(tmpdir(), 'tandem-doctor-'))
  const warnings: string[] = []
  let browser: LiveBrowser | null = null
  try {
    browser = await within(
      LAUNCH_MS,
      launchBrowser({
        executablePath: path,
        profileDir: join(folder, 'profile'),
        filesDir: join(folder, 'files'),
        viewport: { ...DEVICES.desktop },
        warn: (message) => warnings.push(message),
      }),
    )
    const [notice] = warnings
    const seen = `${browser.version} at ${path}`
    const started = notice === undefined ? ok('chromium', seen) : warn('chromium', seen, notice)
    return [started, await checkCapture(browser), await checkCodecs(browser)]
  } catch (error) {
    return [
      fail('chromium', `${path} does not start (${wordsOf(error)})`, 'Set CHROMIUM_PATH to Chromium 150 or newer, and run it by hand to see what it lacks.'),
    ]
  } finally {
    await browser?.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The shared encode of a page: what a viewer without a peer gets. */
async function checkCapture(browser: LiveBrowser): Promise<Finding> {
  const check = 'capture'
  try {
    const codec = new Promise<string>((resolve) => browser.events.on('mediaConfig', (config) => config.kind === 'video' && resolve(config.codec)))
    const picture = new Promise<void>((resolve) => browser.events.on('media', ({ kind, keyFrame }) => kind === 'video' && keyFrame && resolve()))
    await browser.navigate(PAGE)
    const encode = async (): Promise<void> => {
      // The capture page is made behind the launch.
      for (;;) {
        try {
          return await browser.capture.encode({ codecs: ['av01', 'vp8'], audio: true, quality: 'auto' })
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      }
    }
    await within(CAPTURE_MS, encode())
    await within(CAPTURE_MS, picture)
    return ok(check, `a page was captured and encoded as ${await within(CAPTURE_MS, codec)}`)
  } catch (error) {
    return fail(
      check,
      `no picture of a page came (${wordsOf(error)})`,
      'The capture extension must load: run `npm run build`, and use Chromium 150 or newer. Without it viewers get JPEGs.',
    )
  }
}

async function checkCodecs(browser: LiveBrowser): Promise<Finding> {
  const check = 'codecs'
  const expression = `Promise.all([
    ...Object.entries(${JSON.stringify(VIDEO)}).map(async ([name, codec]) => [name, (await VideoEncoder.isConfigSupported({ codec, width: 1280, height: 720, framerate: 60, latencyMode: 'realtime' })).supported]),
    AudioEncoder.isConfigSupported({ codec: 'opus', sampleRate: 48000, numberOfChannels: 2 }).then(({ supported }) => ['Opus', supported]),
  ]).then((all) => all.filter(([, supported]) => supported).map(([name]) => name))`
  try {
    const { targetInfos } = await browser.connection.root.send('Target.getTargets', { filter: [{}] })
    // WebCodecs wants a secure page: the capture page is one.
    const target = targetInfos.find(({ url }) => url.startsWith('chrome-extension:'))
    if (!target) return warn(check, 'the capture page is not there to be asked', 'See `capture`.')
    const session = await browser.connection.attach(target.targetId)
    const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    const names: unknown[] = Array.isArray(result.value) ? result.value : []
    const saw = names.length === 0 ? 'none' : names.join(', ')
    if (!names.includes('AV1') && !names.includes('VP8'))
      return fail(check, `this Chromium encodes ${saw}`, 'Use a Chromium with AV1 or VP8; all of Debian and of the Chrome team have both.')
    if (['AV1', 'VP8', 'Opus'].some((name) => !names.includes(name)))
      return warn(check, `this Chromium encodes ${saw}`, 'Without AV1 text takes ten times the bandwidth, without Opus viewers hear nothing.')
    return ok(check, `this Chromium encodes ${saw}`)
  } catch (error) {
    return warn(check, `could not be asked (${wordsOf(error)})`, 'See `capture`.')
  }
}
