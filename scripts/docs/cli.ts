/** docs/cli.md: commander's tree of packages/cli. */
import type { Command } from 'commander'
import { createProgram } from '../../packages/cli/src/program.ts'
import { generatedFrom, table } from './markdown.ts'

export function cliPage(): string {
  const program = createProgram({ out: { write: () => {} }, err: { write: () => {} }, env: {} })
  return `# The tandem command

${generatedFrom('packages/cli/src')}

${program.description()} From a checkout: \`npx tandem …\`.

Every command takes these, before or after its own:

${optionTable(program)}

Exit codes: 0 done, 1 refused (the [error](errors.md) is on standard error), 2 wrong usage, 3 no server answers. With \`--json\`
the result is one JSON line on standard output, an error one JSON line \`{"error": {code, message, fix}}\` on standard error.

${program.commands.flatMap(leaves).map(section).join('\n')}`
}

/** A group (`links`) is told by its commands (`links create`). */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

function pathOf(command: Command): string {
  return command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

function section(command: Command): string {
  const args = command.registeredArguments.map((argument) => [
    `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\``,
    argument.description,
  ])
  return [
    `## \`tandem ${pathOf(command)}\``,
    command.description(),
    `\`\`\`sh\ntandem ${pathOf(command)} ${command.usage()}\n\`\`\``,
    args.length > 0 ? table(['Argument', 'Meaning'], args) : '',
    command.options.length > 0 ? optionTable(command) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function optionTable(command: Command): string {
  const rows = command.options.map(({ flags, description, argChoices, defaultValue }) => [
    `\`${flags}\``,
    [description, argChoices ? `one of ${argChoices.join(', ')}` : '', typeof defaultValue === 'string' ? `default ${defaultValue}` : '']
      .filter(Boolean)
      .join('; '),
  ])
  return table(['Option', 'Meaning'], rows)
}
