/** The object schemas of packages/protocol by their names: the pages refer to them instead of writing them out each time. */
import * as protocol from '@tandem/protocol'
import { z } from 'zod'
import { type JsonSchema, typeText } from './schemaText.ts'

/** Shape (see `shapeOf`) -> name. The same schema has two shapes: as it may be sent, and as it comes, with defaults filled in. */
const nameByShape = new Map<string, string>()
/** Name -> the type as it comes; bodies as they may be sent. */
const named = new Map<string, JsonSchema>()

for (const [name, value] of Object.entries(protocol)) {
  if (!name.endsWith('Schema') || !(value instanceof z.ZodType)) continue
  const id = name.charAt(0).toUpperCase() + name.slice(1, -'Schema'.length)
  for (const io of ['input', 'output'] as const) {
    const shape = toJson(value, io)
    // Simple ones (an enum, a limited text) read better where they stand.
    if (!shape.properties && !shape.oneOf) continue
    nameByShape.set(shapeOf(shape), id)
    if (io === (/Body$|^Create/.test(id) ? 'input' : 'output')) named.set(id, shape)
  }
}

/** `io`: what may be sent (`input`) or what comes (`output`). */
export function schemaText(schema: z.ZodType, io: 'input' | 'output'): string {
  return typeText(foldNamed(toJson(schema, io)))
}

/** Replaces each of the named schemas, wherever it stands inside, by a reference. */
export function foldNamed(schema: JsonSchema): JsonSchema {
  const name = nameByShape.get(shapeOf(schema))
  return name === undefined ? foldInside(schema) : { $ref: name }
}

/** The definitions of the named types that a page mentions, and of those that these mention in turn; as Markdown. */
export function typesSection(page: string): string {
  const found = new Map<string, string>()
  const visit = (text: string): void => {
    for (const [name, schema] of named) {
      if (found.has(name) || !new RegExp(`\\b${name}\\b`).test(text)) continue
      const definition = typeText(foldInside(schema))
      found.set(name, definition)
      visit(definition)
    }
  }
  visit(page)
  return [...found]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, text]) => `\`\`\`ts\ntype ${name} =${text.startsWith('\n') ? '' : ' '}${text}\n\`\`\`\n`)
    .join('\n')
}

function toJson(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  // zod's JSON Schema is a tree of the members that JsonSchema names.
  return z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as JsonSchema
}

function foldInside(schema: JsonSchema): JsonSchema {
  const result = { ...schema }
  if (schema.properties) result.properties = Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, foldNamed(value)]))
  if (schema.items) result.items = foldNamed(schema.items)
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const) if (schema[key]) result[key] = schema[key].map(foldNamed)
  return result
}

/** One text for one shape, whoever generated the JSON Schema and however it is indented. */
function shapeOf(schema: JsonSchema): string {
  return typeText(schema).replaceAll(/\s+/g, ' ')
}
