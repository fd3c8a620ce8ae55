import { expect, it } from 'vitest'
import { layoutWords } from './layoutWords.ts'

const own = { width: 1280, height: 720, scale: 1, touch: false, mobile: false }
const words = (changed: Partial<typeof own>) => layoutWords({ viewport: { ...own, ...changed }, own_viewport: own })

it('says nothing of a page that is as its session was made', () => {
  expect(words({})).toBeNull()
})

it('names the size that an agent has set, and the session’s own', () => {
  expect(words({ width: 800, height: 600 })?.short).toBe('800 × 600')
  expect(words({ width: 800, height: 600 })?.long).toContain('the session is 1280 × 720')
  expect(words({ touch: true })?.short).toBe('Touch')
})

it('knows a zoomed page, whose pixels are rounded', () => {
  expect(words({ width: 1164, height: 655, scale: 1.1 })?.short).toBe('110 %')
  expect(words({ width: 853, height: 480, scale: 1.5 })?.short).toBe('150 %')
  expect(words({ width: 3840, height: 2160, scale: 1 / 3 })?.short).toBe('33 %')
})
