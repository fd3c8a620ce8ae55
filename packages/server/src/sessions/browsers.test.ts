import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveBrowser } from '@tandem/browser'
import { DEVICES } from '@tandem/protocol'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { systemClock } from '../control/clock.ts'
import { Browsers } from './browsers.ts'
import type { BrowsersOptions } from './browsers.ts'

test('a browser that dies before anybody listens to it was not started', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-browsers-'))
  try {
    const profile = join(dataDir, 'sessions', 'agt_1', 'profile')
    mkdirSync(profile, { recursive: true })
    writeFileSync(join(profile, 'tandem-session-cookies.json'), '[]')
    const events = new EventEmitter()
    const send = () => {
      events.emit('crashed', { reason: 'Chromium was ended by SIGKILL' })
      return Promise.reject(new Error('the browser is gone'))
    }
    const options = {
      config: { dataDir, poolSize: 0, allowedSchemes: [] },
      clock: systemClock,
      log: pino({ level: 'silent' }),
      launch: () => Promise.resolve({ events, connection: { root: { send } } } as unknown as LiveBrowser),
    }
    // Of the rest nothing is used by a launch.
    const browsers = new Browsers(options as unknown as BrowsersOptions)
    const launched = browsers.launch({ id: 'agt_1', viewport: DEVICES.desktop, profile: null })
    await expect(launched).rejects.toMatchObject({ code: 'browser/launch-failed' })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
