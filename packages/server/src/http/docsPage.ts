/** /docs: the routes of openapi.json as one page without scripts, styles from elsewhere, or anything else to load. */

interface Operation {
  summary?: string
  description?: string
  tags?: string[]
}

/** @param document what /openapi.json serves */
export function docsPage(document: object): string {
  const paths = 'paths' in document && typeof document.paths === 'object' && document.paths !== null ? document.paths : {}
  const sections = new Map<string, string[]>()
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item ?? {})) {
      // @fastify/swagger wrote it from our own schemas.
      const { summary = '', description = '', tags = ['other'] } = operation as Operation
      const rows = sections.get(tags[0] ?? 'other') ?? []
      sections.set(tags[0] ?? 'other', rows)
      rows.push(
        `<tr><td><code>${method.toUpperCase()}</code></td><td><code>${escape(path)}</code></td><td>${escape(summary)}<br><small>${escape(description)}</small></td></tr>`,
      )
    }
  }
  const body = [...sections].map(([tag, rows]) => `<h2>${escape(tag)}</h2><table>${rows.join('')}</table>`).join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tandem API</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .5rem .75rem .5rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 4.5rem; } td:nth-child(2) { width: 45%; }
h2 { text-transform: capitalize; margin-top: 2.5rem; } small { opacity: .75; }
</style>
<h1>Tandem API</h1>
<p>Every route but <code>/health</code>, <code>/ready</code> and these pages needs <code>Authorization: Bearer &lt;api key or token&gt;</code>. The full schema is <a href="openapi.json">/openapi.json</a>.
Two WebSockets belong to each session: <code>/v1/agent-sessions/{id}/live</code> for viewers (subprotocol <code>tandem.v1</code>) and <code>/v1/agent-sessions/{id}/cdp</code> for agents (<code>chromium.connectOverCDP</code>, <code>puppeteer.connect</code>); their addresses, with a token, are in the session.</p>
${body}</html>`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
