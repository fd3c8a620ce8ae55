import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTandemError } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Seal } from './seal.ts'

const OLD = 'a'.repeat(64)
const NEW = Buffer.alloc(32, 7).toString('base64')
let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tandem-seal-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const open = (...secretKeys: string[]): Promise<Seal> => Seal.open({ dataDir, secretKeys })
const keyFile = (): string => readFileSync(join(dataDir, 'secret-key'), 'utf8')

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'it worked'
  } catch (error) {
    return isTandemError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

test('what is sealed is opened after a restart, and says nothing of itself', async () => {
  const sealed = (await open()).seal('the secret', 'node-1')
  expect(sealed).not.toContain('secret')
  expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('the secret')
  expect((await open()).open(sealed, 'node-1')).toBe('the secret')
  expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600)
})

test('the same secret is sealed differently each time', async () => {
  const seal = await open()
  expect(seal.seal('x', 'a')).not.toBe(seal.seal('x', 'a'))
})

test('moved to another node, changed, or no sealed text at all, it is not opened', async () => {
  const seal = await open()
  const sealed = seal.seal('the secret', 'node-1')
  const [version, id, body = ''] = sealed.split('.')
  const bytes = Buffer.from(body, 'base64url')
  bytes[14] = (bytes[14] ?? 0) ^ 1
  expect(codeOf(() => seal.open(sealed, 'node-2'))).toMatch(/^room\/secret-unreadable: .*changed/)
  expect(codeOf(() => seal.open(`${version}.${id}.${bytes.toString('base64url')}`, 'node-1'))).toMatch(/^room\/secret-unreadable: .*changed/)
  expect(codeOf(() => seal.open(`${version}.${id}.AA`, 'node-1'))).toMatch(/^room\/secret-unreadable/)
  expect(codeOf(() => seal.open('the secret', 'node-1'))).toMatch(/^room\/secret-unreadable/)
})

test('with another key it says so, and which key was there', async () => {
  const first = await open(OLD)
  const sealed = first.seal('the secret', 'node-1')
  const second = await open(NEW)
  expect(codeOf(() => second.open(sealed, 'node-1'))).toMatch(new RegExp(`^room/secret-unreadable: .*${first.keyId}`))
})

test('keys of the environment: the first seals, all open', async () => {
  const old = (await open(OLD)).seal('the secret', 'node-1')
  const both = await open(NEW, OLD)
  expect(both.open(old, 'node-1')).toBe('the secret')
  expect(both.isNewest(old)).toBe(false)
  const renewed = both.seal('the secret', 'node-1')
  expect(both.isNewest(renewed)).toBe(true)
  expect((await open(NEW)).open(renewed, 'node-1')).toBe('the secret')
})

test('a rotation makes a new key, and keeps the old one until everything is sealed anew', async () => {
  const seal = await open()
  const before = keyFile().trim()
  const { keyId } = seal
  await seal.rotate(async () => {
    expect(keyFile().trim().split('\n')).toHaveLength(2)
    return false
  })
  // Something could not be sealed anew: the old key stays.
  expect(keyFile()).toContain(before)
  await seal.rotate(() => Promise.resolve(true))
  expect(keyFile()).not.toContain(before)
  expect(keyFile().trim().split('\n')).toHaveLength(1)
  expect(seal.keyId).not.toBe(keyId)
  expect((await open()).keyId).toBe(seal.keyId)
  expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600)
})

test('a crash in the middle of a rotation loses nothing', async () => {
  const seal = await open()
  const sealed = seal.seal('the secret', 'node-1')
  await expect(seal.rotate(() => Promise.reject(new Error('the power went')))).rejects.toThrow('the power went')
  expect((await open()).open(sealed, 'node-1')).toBe('the secret')
})

test('a file that holds no key is no reason to make a new one', async () => {
  writeFileSync(join(dataDir, 'secret-key'), 'something else\n')
  await expect(open()).rejects.toThrow('holds no key')
  expect(keyFile()).toBe('something else\n')
})
