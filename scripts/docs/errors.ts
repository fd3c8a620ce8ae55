/** docs/errors.md: the error table of packages/protocol. */
import { ERRORS } from '@tandem/protocol'
import { generatedFrom, table } from './markdown.ts'

export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, retry, title, fix }]) => [`\`${code}\``, String(status), retry ? 'yes' : 'no', title, fix])
  return `# Errors

${generatedFrom('packages/protocol/src/errors.ts')}

Every refusal of Tandem is one of these. REST answers with the status and RFC 9457 problem details
(\`application/problem+json\`: \`type\`, \`title\`, \`status\`, \`detail\`, and the members \`code\`, \`message\`, \`retry\`, \`fix\`), the live
socket with \`{id, error: {code, message, retry, …}}\`, the SDK with a \`TandemError\`, the gateway with a CDP error whose
message begins with the code. Compare codes, never texts. **Retry** says that the same call may succeed later without being
changed. The placeholders in backticks are members of the error.

${table(['Code', 'Status', 'Retry', 'What happened', 'What to do'], rows)}
`
}
