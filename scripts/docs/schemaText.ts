/** Writes JSON Schema as TypeScript-like types for people; limits (lengths, ranges) come along as comments. */

export interface JsonSchema {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  additionalProperties?: boolean | JsonSchema
  format?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
}

/** Limits from here on say nothing to people. */
const UNBOUNDED = 100_000

/** The fields of an object on one line when they are few, else one a line. */
function objectText(schema: JsonSchema, indent: string): string {
  const entries = Object.entries(schema.properties ?? {})
  if (entries.length === 0) return typeof schema.additionalProperties === 'object' ? 'Record<string, unknown>' : '{}'
  const required = new Set(schema.required)
  const fields = (inner: string): string[] =>
    entries.map(([name, value]) => `${name}${required.has(name) ? '' : '?'}: ${typeText(value, inner)}`.replace(': \n', ':\n'))
  const line = `{ ${fields('').join(', ')} }`
  if (line.length + indent.length <= 120 && !line.includes('\n')) return line
  const inner = `${indent}  `
  return `{\n${fields(inner)
    .map((field) => `${inner}${field}\n`)
    .join('')}${indent}}`
}

export function typeText(schema: JsonSchema, indent = ''): string {
  if (schema.$ref) return schema.$ref
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return unionText(choices, indent)
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeText({ ...schema, type }, indent)).join(' | ')
  if (schema.allOf) return schema.allOf.map((part) => typeText(part, indent)).join(' & ')
  if (schema.type === 'array') return arrayText(schema, indent)
  if (schema.type === 'object') return objectText(schema, indent)
  if (schema.type === 'integer' || schema.type === 'number') return numberText(schema)
  if (schema.type === 'string')
    return schema.format === 'date-time' ? 'string /* ISO 8601 */' : schema.maxLength ? `string /* <= ${schema.maxLength} */` : 'string'
  return schema.type ?? 'unknown'
}

/** On lines of their own when they are many, or long. */
function unionText(choices: readonly JsonSchema[], indent: string): string {
  const line = choices.map((choice) => typeText(choice, indent)).join(' | ')
  if (choices.length < 5 && !line.includes('\n')) return line
  const inner = `${indent}  `
  return choices.map((choice) => `\n${inner}| ${typeText(choice, `${inner}  `)}`).join('')
}

function arrayText(schema: JsonSchema, indent: string): string {
  const item = typeText(schema.items ?? {}, indent)
  return `${item.includes(' | ') ? `(${item})` : item}[]${schema.maxItems ? ` /* <= ${schema.maxItems} */` : ''}`
}

function numberText({ type, minimum, maximum }: JsonSchema): string {
  const kind = type === 'integer' ? 'integer' : 'number'
  const low = minimum === undefined || minimum <= -UNBOUNDED ? '' : String(minimum)
  const high = maximum === undefined || maximum >= UNBOUNDED ? '' : String(maximum)
  return low === '' && high === '' ? kind : `${kind} /* ${low}..${high} */`
}
