import { expect, test } from 'vitest'
import { readChoice, transportName } from './pictureChoice.ts'

test('the address chooses rung and quality, and what it does not know is automatic', () => {
  expect(readChoice('?transport=websocket&quality=low')).toEqual({ transport: 'websocket', quality: 'low' })
  expect(readChoice('?transport=pigeon')).toEqual({ transport: 'auto', quality: 'auto' })
  expect(readChoice('')).toEqual({ transport: 'auto', quality: 'auto' })
})

test('a rung has a name for people', () => {
  expect(transportName('jpeg')).toBe('JPEG')
  expect(transportName('something-new')).toBe('something-new')
})
