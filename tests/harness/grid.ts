/**
 * A page of cells, each of its own colour, that tells which one was hit: a viewer's picture is searched for the colour and
 * pressed there, so that nothing of what is known of sizes is used to find the place.
 */
import { expect } from 'vitest'
import type { Viewer } from './viewer.ts'

const COLUMNS = 4
const ROWS = 3
/** One in each corner, and one inside. */
export const CELLS = [0, 3, 6, 8, 11]

/** As far apart as can be: encoders shift colours. The last is no cell but the bars around the page. */
const COLOURS = [...Array.from({ length: COLUMNS * ROWS }, (_, cell) => [(cell % COLUMNS) * 85, Math.floor(cell / COLUMNS) * 127, 128]), [0, 0, 0]]

const cells = COLOURS.slice(0, -1).map((colour, cell) => `<i data-cell="${cell}" style="background:rgb(${colour.join(',')})"></i>`)

/** The cells fill the window. A press says which was hit in the title, as `3 click` or `3 touch`. */
export function gridPage({ meta = true, script = '' } = {}): string {
  return `<!doctype html><meta charset="utf-8"><title>grid</title>${meta ? '<meta name="viewport" content="width=device-width">' : ''}
  <style>body{margin:0;height:3000px} main{position:fixed;inset:0;display:grid;grid-template:repeat(${ROWS},1fr)/repeat(${COLUMNS},1fr)}</style><main>${cells.join('')}</main>
  <script>onclick = (event) => { document.title = event.target.dataset.cell + ' ' + event.pointerType };${script}</script>`
}

/** Presses where the picture shows these cells; each press has to hit the cell that is shown there. */
export async function expectHits(viewer: Viewer, which: readonly number[] = CELLS): Promise<void> {
  for (const cell of which) {
    const place = await viewer.find(COLOURS, cell, which)
    await viewer.page.mouse.click(place.x, place.y)
    const { tabs } = await viewer.until(`/^${cell} /.test(s.tabs.find(({ id }) => id === s.activeTabId)?.title ?? '')`)
    expect(tabs.map(({ title }) => title).join()).toContain(`${cell} `)
  }
}
