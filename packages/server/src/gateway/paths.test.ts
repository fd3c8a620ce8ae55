import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertPathsAllowed } from './paths.ts'

let root: string
let data: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tandem-paths-'))
  data = join(root, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'key'), 'secret')
  writeFileSync(join(root, 'cv.pdf'), 'cv')
  symlinkSync(data, join(root, 'link'))
})

afterAll(() => rmSync(root, { recursive: true }))

const refused = (method: string, params: Record<string, unknown>): boolean => {
  try {
    assertPathsAllowed(method, params, data)
    return false
  } catch {
    return true
  }
}

test("the server's own files cannot be put into a page, by no way round", () => {
  for (const path of [join(data, 'key'), join(root, 'link', 'key'), `${root}/x/../data/key`, join(data, 'not-there')]) {
    expect(refused('DOM.setFileInputFiles', { files: [join(root, 'cv.pdf'), path] }), path).toBe(true)
    expect(refused('Input.dispatchDragEvent', { type: 'drop', data: { items: [], files: [path] } }), path).toBe(true)
  }
  // A folder is given to a page with all that lies in it.
  for (const path of [data, root, `${root}/x/..`, '/']) expect(refused('DOM.setFileInputFiles', { files: [path] }), path).toBe(true)
  expect(refused('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: join(data, 'sub') })).toBe(true)
})

test('other files and commands are not touched', () => {
  expect(refused('DOM.setFileInputFiles', { files: [join(root, 'cv.pdf'), join(root, 'data-of-others')] })).toBe(false)
  expect(refused('DOM.setFileInputFiles', {})).toBe(false)
  expect(refused('Input.dispatchDragEvent', { type: 'drop', data: { items: [], files: [join(root, 'cv.pdf')] } })).toBe(false)
  for (const params of [{}, { data: null }, { data: { items: [] } }, { data: { files: 'x' } }]) expect(refused('Input.dispatchDragEvent', params)).toBe(false)
  expect(refused('Browser.setDownloadBehavior', { behavior: 'deny' })).toBe(false)
  expect(refused('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: root })).toBe(false)
  expect(refused('Page.navigate', { url: join(data, 'key') })).toBe(false)
})
