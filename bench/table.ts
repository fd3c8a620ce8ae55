/** The printed table, and the same in Markdown for docs/bench.md. */
import { CATALOGUE, isHit, specOf, SYSTEMS, type Figure, type FigureId, type System } from './catalogue.ts'

const IDS = Object.keys(CATALOGUE).filter((key): key is FigureId => key in CATALOGUE)

function valueText({ id, value }: Figure): string {
  const { digits, unit } = specOf(id)
  return `${value.toFixed(digits)} ${unit}`
}

function targetText(id: FigureId): string {
  const { target, unit } = specOf(id)
  return target === undefined ? '' : `≤ ${target} ${unit}`
}

/** Rows of cells, the header first; only what was measured. */
export function tableCells(figures: readonly Figure[]): string[][] {
  const systems = SYSTEMS.filter((system) => system === 'tandem' || figures.some((figure) => figure.system === system))
  const find = (id: FigureId, system: System): Figure | undefined => figures.find((figure) => figure.id === id && figure.system === system)
  const rows = IDS.filter((id) => figures.some((figure) => figure.id === id)).map((id) => {
    const own = find(id, 'tandem')
    const hit = own && isHit(own)
    const mark = hit === true ? 'hit' : hit === false ? 'MISS' : ''
    const cells = systems.map((system) => {
      const figure = find(id, system)
      return figure ? valueText(figure) : ''
    })
    return [specOf(id).label, cells[0] ?? '', targetText(id), mark, ...cells.slice(1)]
  })
  return [['what', 'Tandem', 'target', '', ...systems.slice(1)], ...rows]
}

/** Columns padded to one width; figures to the right. */
export function printedTable(figures: readonly Figure[]): string {
  const cells = tableCells(figures)
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
    .join('\n')
}

export function markdownTable(figures: readonly Figure[]): string {
  const [header = [], ...rows] = tableCells(figures)
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
