/** docs/configuration.md and docs/config.schema.json: the table of packages/server/src/settings.ts. */
import { configFileSchema, SETTINGS } from '../../packages/server/src/settings.ts'
import { generatedFrom, table } from './markdown.ts'

export function configurationPage(): string {
  const groups = [...new Set(SETTINGS.map(({ group }) => group))]
  return `# Configuration

${generatedFrom('packages/server/src/settings.ts')}

Each setting can be given as a flag of \`tandem serve\` (and of \`npm start -- …\`), as an environment variable, or in one JSON file. Flags win over
the environment, the environment wins over the file. \`tandem doctor\` says whether a configuration works on this machine.

The file is \`tandem.config.json\` in the folder where the server starts, or the one that \`--config\` or \`TANDEM_CONFIG\` names. Its keys are the
names below; a key that is none of them is an error. Editors complete and check it with the schema:

\`\`\`json
{
  "$schema": "./docs/config.schema.json",
  "publicUrl": "https://tandem.example.com/browsers",
  "trustedProxies": ["loopback"],
  "turnUrls": ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:443?transport=tcp"],
  "udpPorts": "50000-50100"
}
\`\`\`

(\`$schema\` is optional: the path of [config.schema.json](config.schema.json).) Lists are JSON arrays in the file, and have commas
between their items elsewhere. Secrets belong into the environment, or into a file that only the server's user can read.

${groups.map(section).join('\n\n')}
`
}

function section(group: string): string {
  const rows = SETTINGS.filter((setting) => setting.group === group).map(({ name, env, flag, doc, fallback }) => [
    `\`${name}\``,
    `\`${env}\``,
    `\`${flag}\``,
    fallback === null ? doc : `${doc} Default: ${fallback}.`,
  ])
  return `## ${group}\n\n${table(['Key', 'Variable', 'Flag', 'What it does'], rows)}`
}

export function configurationSchema(): string {
  return `${JSON.stringify(configFileSchema(), null, 2)}\n`
}
