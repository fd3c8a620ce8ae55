/** docs/live.md: the live contract of packages/protocol. */
import { CLOSE, LIVE_EVENTS, LIVE_MAX_MESSAGE_BYTES, LIVE_METHODS, LIVE_NOTIFICATIONS, LIVE_SUBPROTOCOL } from '@tandem/protocol'
import { generatedFrom, table } from './markdown.ts'
import { schemaText, typesSection } from './namedSchemas.ts'

const CLOSE_MEANINGS: Record<keyof typeof CLOSE, string> = {
  goodbye: 'The viewer leaves for good: a holder hands back at once.',
  leaving: 'The page goes away; a reload looks the same, so a holder has 10 s to be back.',
  tooLarge: `A message was larger than ${LIVE_MAX_MESSAGE_BYTES / 1024 / 1024} MiB.`,
  malformed: 'A message was no JSON object of the shape above.',
  unauthorized: 'The credential is missing, wrong, expired or revoked.',
  kicked: 'The owner ended this watching: the resume token is good for nothing, and so is a single-use link.',
  moved: 'Another server has the browser: connect to the URL that is the reason.',
  forbidden: 'The credential may not do that, or the origin is refused.',
  notFound: 'There is no such session for this credential.',
  sessionClosed: 'The session is closed.',
  full: 'As many watch as may (session/viewer-limit): try again later.',
  tooManyErrors: 'Too many refused messages.',
  tooSlow: 'The viewer did not read what was sent.',
  replaced: 'The same viewer has come back on another socket; this one is of no use any more.',
  shuttingDown: 'The server stops; connect again soon.',
}

export function livePage(): string {
  const methods = Object.entries(LIVE_METHODS).map(
    ([name, { role, doc, params, result }]) =>
      `### \`${name}\`\n\n${doc} Least role: \`${role}\`.\n\n\`\`\`ts\nparams: ${schemaText(params, 'input')}\nresult: ${schemaText(result, 'output')}\n\`\`\`\n`,
  )
  const notifications = Object.entries(LIVE_NOTIFICATIONS).map(
    ([name, { role, doc, params }]) => `### \`${name}\`\n\n${doc} Least role: \`${role}\`.\n\n\`\`\`ts\nparams: ${schemaText(params, 'input')}\n\`\`\`\n`,
  )
  const events = Object.entries(LIVE_EVENTS).map(
    ([name, { doc, data }]) => `### \`${name}\`\n\n${doc}\n\n\`\`\`ts\ndata: ${schemaText(data, 'output')}\n\`\`\`\n`,
  )
  const closes = Object.entries(CLOSE)
    .toSorted(([, a], [, b]) => a - b)
    // Object.entries forgets the keys' type.
    .map(([name, code]) => [String(code), CLOSE_MEANINGS[name as keyof typeof CLOSE]])
  const page = `# The live socket

${generatedFrom('packages/protocol/src/live.ts')}

\`WS /v1/agent-sessions/:id/live\`, subprotocol \`${LIVE_SUBPROTOCOL}\`; the credential as \`?token=\`, as \`Authorization: Bearer\`, or the
dashboard's cookie. The address in a session's \`live.ws_url\` carries its own token. Text frames are JSON:

| message | direction | shape |
| --- | --- | --- |
| request | viewer to server | \`{id, method, params}\`, answered by \`{id, result}\` or \`{id, error}\` ([errors](errors.md)) |
| notification | viewer to server | \`{method, params}\`, never answered; refused input comes as \`input.refused\` |
| event | server to viewer | \`{event, data}\`; the first is \`session.hello\` |

Fields that are not in a schema are refused. A message may have ${LIVE_MAX_MESSAGE_BYTES / 1024 / 1024} MiB. Commands that drive carry the \`epoch\` of the last
\`control.changed\`: one that is out of date is refused with \`control/stale-epoch\` ([the rules of control](control.md)).

## Close codes

${table(['Code', 'Meaning'], closes)}

## Requests

${methods.join('\n')}
## Notifications

${notifications.join('\n')}
## Events

${events.join('\n')}
`
  return `${page}
## Types

${typesSection(page)}`
}
