/**
 * Settings of Chromium that have no flag, written into the profile before it starts. They answer at once, with the refusal
 * that a page gets when a person says no, what would open a window of Chromium's own: it is in no picture, nobody can
 * answer it, and while it waits it takes every click and key of its tab.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CAPTURE_EXTENSION_ID } from './captureFlags.ts'

/** Of a content setting. */
const BLOCK = 2

type Preferences = Record<string, unknown>

const PREFERENCES: Preferences = {
  // getDisplayMedia. Our own capture of tabs asks the same policy, and may.
  hardware: { screen_capture_enabled: false, screen_capture_allowed_by_origins: [`chrome-extension://${CAPTURE_EXTENSION_ID}/*`] },
  profile: {
    // Lists of devices to choose from.
    default_content_setting_values: { bluetooth_guard: BLOCK, hid_guard: BLOCK, serial_guard: BLOCK, usb_guard: BLOCK },
    // "Change your password", over the page.
    password_manager_leak_detection: false,
  },
  // "Save password?"
  credentials_enable_service: false,
}

/** Into a new profile, or beside what is in one that is kept. Chromium must not run in it. */
export async function writePreferences(profileDir: string): Promise<void> {
  const folder = join(profileDir, 'Default')
  const file = join(folder, 'Preferences')
  await mkdir(folder, { recursive: true })
  const text = JSON.stringify(merged(await read(file), PREFERENCES))
  // Whole or not at all: Chromium throws away what it cannot read.
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function read(file: string): Promise<Preferences> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isObject(value) ? value : {}
  } catch {
    // None yet, or one that Chromium could not read either.
    return {}
  }
}

function merged(into: Preferences, from: Preferences): Preferences {
  const result = { ...into }
  for (const [key, value] of Object.entries(from)) {
    const before = result[key]
    result[key] = isObject(value) ? merged(isObject(before) ? before : {}, value) : value
  }
  return result
}

function isObject(value: unknown): value is Preferences {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
