/** docs/rest.md: the routes, as a running server describes them in /openapi.json. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig, startServer } from '@tandem/server'
import { generatedFrom, table } from './markdown.ts'
import { foldNamed, typesSection } from './namedSchemas.ts'
import { type JsonSchema, typeText } from './schemaText.ts'

interface Operation {
  summary?: string
  description?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema; description?: string }[]
  requestBody?: { content: Record<string, { schema?: JsonSchema }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: JsonSchema }> }>
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

export async function restPage(): Promise<string> {
  const { paths } = await openApi()
  const byTag = new Map<string, string[]>()
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), section(method, path, operation)])
    }
  }
  const body = [...byTag].map(([tag, sections]) => `## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}\n\n${sections.join('\n')}`).join('\n')
  return `# The REST API

${generatedFrom('the routes of packages/server/src/http')}

Every route but \`/health\`, \`/ready\` and the documents needs \`Authorization: Bearer <API key or token>\`. Bodies are JSON, fields are
snake_case, fields that are not in a schema are refused. Refusals are problem details with a [code](errors.md). A running server
serves the same as \`/openapi.json\`, and as a page on \`/docs\`. The two WebSockets of a session are [the live socket](live.md) and
[the gateway](gateway.md).

${body}
## Types

${typesSection(body)}`
}

function section(method: string, path: string, { summary = '', description = '', parameters = [], requestBody, responses = {} }: Operation): string {
  const rows = parameters.map(({ name, in: where, required, schema }) => [`\`${name}\``, where, required ? 'yes' : 'no', `\`${typeText(foldNamed(schema))}\``])
  const answers = Object.entries(responses).map(([status, { content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema
    return `${status}: ${schema ? typeText(foldNamed(schema)) : '(no body)'}`
  })
  const body = requestBody ? Object.values(requestBody.content)[0]?.schema : undefined
  const code = [...(body ? [`body: ${typeText(foldNamed(body))}`] : []), ...answers].join('\n')
  return [
    `### \`${method.toUpperCase()} ${path}\``,
    [summary && `${summary}.`, description].filter(Boolean).join(' '),
    rows.length > 0 ? table(['Parameter', 'In', 'Required', 'Type'], rows) : '',
    `\`\`\`ts\n${code}\n\`\`\``,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

/** From a server of its own, on a free port, with an empty data directory. */
async function openApi(): Promise<OpenApi> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-docs-'))
  const server = await startServer(loadConfig({ TANDEM_LOG_LEVEL: 'error' }, { port: 0, dataDir }))
  try {
    const response = await fetch(new URL('/openapi.json', server.url))
    // The server makes it from its own schemas.
    return (await response.json()) as OpenApi
  } finally {
    await server.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}
