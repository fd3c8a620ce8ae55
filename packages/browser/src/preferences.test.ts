import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writePreferences } from './preferences.ts'

let profile: string
beforeEach(async () => {
  profile = await mkdtemp(join(tmpdir(), 'tandem-preferences-'))
})
afterEach(() => rm(profile, { recursive: true, force: true }))

const written = async () => JSON.parse(await readFile(join(profile, 'Default/Preferences'), 'utf8'))
const keep = async (text: string) => {
  await mkdir(join(profile, 'Default'), { recursive: true })
  await writeFile(join(profile, 'Default/Preferences'), text)
}

test('a new profile begins with them', async () => {
  await writePreferences(profile)
  expect(await written()).toMatchObject({ hardware: { screen_capture_enabled: false }, profile: { default_content_setting_values: { usb_guard: 2 } } })
})

test('a kept profile keeps what Chromium wrote into it', async () => {
  await keep(JSON.stringify({ profile: { name: 'Bo', default_content_setting_values: { cookies: 1 } }, credentials_enable_service: true }))
  await writePreferences(profile)
  expect(await written()).toMatchObject({
    credentials_enable_service: false,
    profile: { name: 'Bo', default_content_setting_values: { cookies: 1, usb_guard: 2 } },
  })
})

test('a file that nobody can read is replaced', async () => {
  await keep('{"profile":')
  await writePreferences(profile)
  expect(await written()).toMatchObject({ credentials_enable_service: false })
})
