import { expect, test } from 'vitest'
import type { DriverDescription } from '@tandem/client'
import { driverSentence, whoAnswers } from './words.ts'

const agent: DriverDescription = { kind: 'agent', name: 'Playwright', changing: null }
const ada: DriverDescription = { kind: 'human', name: 'Ada Lovelace', changing: null }
const pair = { mode: 'pair' } as const

test('an agent that answers nothing is not said to drive', () => {
  expect(driverSentence(agent)).toBe('The agent drives')
  expect(driverSentence({ ...agent, silent: true })).toBe('The agent does not answer')
})

test('whoever only watches is not told to take control', () => {
  expect(whoAnswers({ mayControl: true, session: pair }, agent)).toBe('Take control to answer this.')
  expect(whoAnswers({ mayControl: false, session: pair }, agent)).toBe('Whoever drives answers this.')
  expect(whoAnswers({ mayControl: true, session: { mode: 'ai' } }, agent)).toBe('The agent answers this.')
  expect(whoAnswers({ mayControl: true, session: pair }, ada)).toBe('Ada Lovelace answers this.')
})
