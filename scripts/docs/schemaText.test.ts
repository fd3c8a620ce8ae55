import { agentSessionSchema, createSessionSchema, takeoverBodySchema } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { schemaText, typesSection } from './namedSchemas.ts'
import { typeText } from './schemaText.ts'

test('types are written as TypeScript would, with their limits beside them', () => {
  const schema = z.strictObject({
    name: z.string().max(10).optional(),
    count: z.int().min(1).max(5),
    at: z.iso.datetime().nullable(),
    tags: z.array(z.enum(['a', 'b'])).max(3),
  })
  expect(schemaText(schema, 'input').split('\n')).toEqual([
    '{',
    '  name?: string /* <= 10 */',
    '  count: integer /* 1..5 */',
    '  at: string /* ISO 8601 */ | null',
    '  tags: ("a" | "b")[] /* <= 3 */',
    '}',
  ])
})

test('a named schema is referred to, wherever it stands', () => {
  expect(schemaText(z.object({ data: z.array(agentSessionSchema), one: agentSessionSchema.nullable() }), 'output')).toBe(
    '{ data: AgentSession[], one: AgentSession | null }',
  )
})

test('the definitions of a page are those that it mentions and those that these mention', () => {
  const section = typesSection('It takes a SessionList.')
  expect(section).toContain('type SessionList = ')
  expect(section).toContain('type AgentSession = ')
  expect(section).toContain('type Control = ')
  expect(section).not.toContain('type Picker = ')
})

test('a body is defined as it may be sent: what has a default may be left out', () => {
  expect(typesSection('CreateSession')).toContain('mode?: "ai"')
  expect(schemaText(takeoverBodySchema, 'input')).toBe('TakeoverBody')
  expect(schemaText(createSessionSchema, 'input')).toBe('CreateSession')
})

test('a field that is called like a keyword of JSON Schema is a field', () => {
  expect(typeText({ type: 'object', properties: { type: { const: 'x' }, items: { type: 'string' } }, required: ['type', 'items'] })).toBe(
    '{ type: "x", items: string }',
  )
})
