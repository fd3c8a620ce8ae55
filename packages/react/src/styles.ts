/** Puts the view's sheet into the document once, in front of the page's own, which may override it. */
import { VIEW_COLOURS, VIEW_CSS } from '@tandem/client'

const REACT_CSS = `
.tandem-view { ${VIEW_COLOURS} }
.tandem-view[data-expanded] { position: fixed; inset: 16px; z-index: 2147483000; width: auto; height: auto; border-radius: 12px; box-shadow: 0 0 0 100vmax rgb(0 0 0 / .45), 0 24px 72px rgb(0 0 0 / .4); }
@media (max-width: 560px) { .tandem-view[data-expanded] { inset: 0; border-radius: 0 } }
.tandem-modes { display: flex; flex: none; gap: 2px; padding: 2px; border-radius: 9px; background: var(--tandem-hover); }
.tandem-mode { appearance: none; display: flex; align-items: center; gap: 6px; height: 28px; padding: 0 10px; border: 0; border-radius: 7px; font: inherit; font-weight: 550; white-space: nowrap; color: var(--tandem-muted); background: none; cursor: pointer; }
.tandem-mode:hover { color: var(--tandem-ink); }
.tandem-mode[aria-checked=true] { color: var(--tandem-ink); background: var(--tandem-bar); box-shadow: 0 0 0 1px var(--tandem-line), 0 1px 2px rgb(0 0 0 / .06); }
.tandem-select { appearance: none; flex: none; height: 32px; padding: 0 24px 0 10px; border: 0; border-radius: 8px; font: inherit; color: var(--tandem-muted); cursor: pointer;
  background: linear-gradient(45deg, transparent 50%, currentColor 50%) right 14px center / 4px 4px no-repeat, linear-gradient(-45deg, transparent 50%, currentColor 50%) right 10px center / 4px 4px no-repeat; }
.tandem-select:hover { color: var(--tandem-ink); background-color: var(--tandem-hover); } .tandem-select option { color: var(--tandem-ink); background: var(--tandem-bar); }
.tandem-address { flex: 1; min-width: 0; padding: 0 8px; color: var(--tandem-muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tandem-shot { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; pointer-events: none; background: #000; }
.tandem-click { position: absolute; width: 0; height: 0; pointer-events: none; }
.tandem-click::before { content: ''; position: absolute; width: 14px; height: 14px; margin: -7px 0 0 -7px; border-radius: 50%; border: 2px solid var(--tandem-human); animation: tandem-ripple .5s ease-out forwards; }
.tandem-click span { position: absolute; left: 12px; top: 10px; padding: 1px 7px; border-radius: 9px; background: rgb(20 20 23 / .9); color: #fff; font: 600 11px/16px ui-monospace, monospace; white-space: nowrap; }
.tandem-click[data-left] span { left: auto; right: 12px; } .tandem-click[data-up] span { top: auto; bottom: 10px; }
.tandem-video { width: 100%; height: 100%; display: block; object-fit: contain; background: #000; outline: none; }
.tandem-badge { display: inline-flex; align-items: center; gap: 7px; flex: none; font: 550 13px/18px system-ui, -apple-system, 'Segoe UI', sans-serif; white-space: nowrap; font-variant-numeric: tabular-nums; ${VIEW_COLOURS} color: var(--tandem-ink); }
.tandem-badge::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: var(--tandem-muted); }
.tandem-badge[data-kind=connected]::before { background: var(--tandem-good); }
.tandem-badge[data-kind=connecting]::before, .tandem-badge[data-kind=reconnecting]::before, .tandem-badge[data-kind=stalled]::before { background: var(--tandem-warn); animation: tandem-pulse 1.2s ease-in-out infinite; }
.tandem-badge[data-kind=error]::before { background: var(--tandem-bad); }
.tandem-badge span { color: var(--tandem-muted); font-weight: 400; }
@keyframes tandem-ripple { from { transform: scale(.4); opacity: 1 } to { transform: scale(3.2); opacity: 0 } }
@media (max-width: 480px) { .tandem-more, .tandem-bar .tandem-badge span { display: none } .tandem-mode span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) } }
@media (max-width: 480px) { .tandem-bar[data-keep] { flex-wrap: wrap } .tandem-bar[data-keep] .tandem-who { order: -1; flex-basis: 100%; padding: 3px 0 0 } .tandem-bar[data-keep] .tandem-badge { margin-right: auto } }
@media (pointer: coarse) { .tandem-mode { height: 40px; min-width: 40px; justify-content: center } .tandem-select { height: 44px } }
@media (prefers-reduced-motion: reduce) { .tandem-click::before { animation: none } }
`

let applied = false

export function applyStyles(): void {
  if (applied || typeof document === 'undefined') return
  applied = true
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`@layer tandem {${VIEW_CSS}${REACT_CSS}}`)
  document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets]
}
