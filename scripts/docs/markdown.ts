/** Small pieces of Markdown that the pages share. */

export const generatedFrom = (source: string): string => `<!-- Made by \`npm run docs\` from ${source}; changes here are lost. -->`

/** A Markdown table; bars inside of cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
