/**
 * The look of a view outside the dashboard: picture, sign and strip, as React components and `<tandem-view>` draw
 * them. Light or dark as the page around it says by `color-scheme`; every colour is a custom property of the page's
 * to set. A constructed sheet is no inline style, so it works under a strict Content-Security-Policy.
 */
export const VIEW_COLOURS = `
  --tandem-stage: light-dark(#e9e9ee, #0b0b0d); --tandem-bar: light-dark(#ffffff, #151518);
  --tandem-ink: light-dark(#18181b, #f0f0f3); --tandem-muted: light-dark(#5f5f6b, #a3a3af); --tandem-line: light-dark(#e0e0e6, #2a2a30);
  --tandem-hover: light-dark(#f0f0f3, #232328); --tandem-solid: light-dark(#1b1b1f, #f0f0f3); --tandem-on-solid: light-dark(#ffffff, #131316);
  --tandem-agent: light-dark(#6e56cf, #9d8cf9); --tandem-human: light-dark(#c2500d, #f58f3c);
  --tandem-good: light-dark(#157a45, #4cc38a); --tandem-warn: light-dark(#955f00, #f1b944); --tandem-bad: light-dark(#cb2431, #ff7b72);
`

export const VIEW_CSS = `
.tandem-view { position: relative; display: flex; flex-direction: column; min-width: 0; min-height: 0; width: 100%; height: 100%;
  background: var(--tandem-stage); color: var(--tandem-ink); overflow: hidden; font: 13px/18px system-ui, -apple-system, 'Segoe UI', sans-serif; }
.tandem-view, .tandem-view * { box-sizing: border-box; }
.tandem-stage { position: relative; flex: 1; min-height: 0; min-width: 0; display: grid; place-items: center; container-type: size; }
.tandem-picture { position: relative; overflow: hidden; background: #000; outline: 1px solid var(--tandem-line); }
.tandem-host { position: absolute; inset: 0; transition: filter .2s; }
.tandem-view[data-old] .tandem-host { filter: grayscale(1) brightness(.7); pointer-events: none; }
.tandem-view[data-hidden] .tandem-host { visibility: hidden; }
.tandem-view[data-driver='you'] .tandem-picture { outline: 2px solid var(--tandem-human); }
.tandem-layer { position: absolute; inset: 0; pointer-events: none; }
.tandem-layer > * { pointer-events: auto; }
.tandem-sign { position: absolute; inset: 0; display: grid; place-items: center; padding: 16px; text-align: center; pointer-events: none; animation: tandem-in .18s ease-out; }
.tandem-sign-card { pointer-events: auto; display: flex; flex-direction: column; align-items: center; gap: 6px; max-width: min(360px, 100%); max-height: 100%; overflow: auto;
  padding: 18px 22px; border-radius: 14px; background: rgb(20 20 23 / .92); color: #f4f4f6; border: 1px solid rgb(255 255 255 / .09); box-shadow: 0 12px 40px rgb(0 0 0 / .4); }
.tandem-sign-title { font-weight: 600; font-size: 14px; letter-spacing: -.005em; }
.tandem-sign-reason { color: #b4b4be; text-wrap: balance; overflow-wrap: anywhere; }
.tandem-sign-actions { display: flex; flex-wrap: wrap; justify-content: center; gap: 8px; margin-top: 8px; }
.tandem-sign-actions:empty { display: none; }
.tandem-sign .tandem-button { color: #131316; background: #f4f4f6; } .tandem-sign .tandem-button[data-quiet] { color: #f4f4f6; background: rgb(255 255 255 / .1); }
.tandem-spinner { width: 20px; height: 20px; margin-bottom: 4px; border-radius: 50%; border: 2px solid rgb(255 255 255 / .18); border-top-color: #f4f4f6; animation: tandem-spin .8s linear infinite; }
.tandem-glyph { width: 32px; height: 32px; margin-bottom: 4px; border-radius: 50%; display: grid; place-items: center; background: rgb(255 255 255 / .08); }
.tandem-view svg { width: 16px; height: 16px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.tandem-bar { display: flex; align-items: center; gap: 4px; min-height: 44px; padding: 5px 6px 5px 12px; background: var(--tandem-bar); border-top: 1px solid var(--tandem-line); }
.tandem-bar[data-top] { border-top: 0; border-bottom: 1px solid var(--tandem-line); }
.tandem-state { display: flex; align-items: center; gap: 7px; flex: none; font-weight: 550; white-space: nowrap; }
.tandem-state::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: var(--tandem-muted); }
.tandem-state[data-state=connected]::before { background: var(--tandem-good); }
.tandem-state[data-state=connecting]::before { background: var(--tandem-warn); animation: tandem-pulse 1.2s ease-in-out infinite; }
.tandem-state[data-state=disconnected]::before { background: var(--tandem-bad); }
.tandem-who { display: flex; align-items: center; gap: 7px; flex: 1; min-width: 0; padding: 0 8px; color: var(--tandem-muted); }
.tandem-who > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tandem-view[data-driver='agent'] .tandem-who, .tandem-view[data-driver='both'] .tandem-who { color: var(--tandem-agent); }
.tandem-view[data-driver='you'] .tandem-who, .tandem-view[data-driver='human'] .tandem-who { color: var(--tandem-human); }
.tandem-button { appearance: none; flex: none; height: 32px; padding: 0 12px; border: 0; border-radius: 8px; font: inherit; font-weight: 550; white-space: nowrap; cursor: pointer;
  color: var(--tandem-on-solid); background: var(--tandem-solid); }
.tandem-button:hover:not(:disabled) { opacity: .88; } .tandem-button:disabled { opacity: .45; cursor: default; }
.tandem-button[data-quiet] { color: var(--tandem-ink); background: var(--tandem-hover); }
.tandem-button[data-action='hand-back'] { color: light-dark(#ffffff, #1c0f04); background: light-dark(#bd4b08, #f58f3c); }
.tandem-icon { appearance: none; flex: none; width: 32px; height: 32px; padding: 0; border: 0; border-radius: 8px; display: grid; place-items: center; color: var(--tandem-muted); background: none; cursor: pointer; }
.tandem-icon:hover:not(:disabled), .tandem-icon[aria-pressed=true] { color: var(--tandem-ink); background: var(--tandem-hover); } .tandem-icon:disabled { opacity: .35; cursor: default; }
.tandem-view :focus-visible { outline: 2px solid var(--tandem-agent); outline-offset: 1px; }
.tandem-error { padding: 8px 12px; background: var(--tandem-bar); border-top: 1px solid var(--tandem-line); color: var(--tandem-bad); overflow-wrap: anywhere; }
.tandem-error:empty { display: none; }
@media (max-width: 420px) { .tandem-bar:not([data-keep]) .tandem-state { font-size: 0; gap: 0 } }
@media (pointer: coarse) { .tandem-bar { min-height: 56px } .tandem-button { height: 44px; padding: 0 16px } .tandem-icon { width: 44px; height: 44px } }
@keyframes tandem-in { from { opacity: 0 } }
@keyframes tandem-spin { to { transform: rotate(1turn) } }
@keyframes tandem-pulse { 50% { opacity: .35 } }
@media (prefers-reduced-motion: reduce) { .tandem-sign, .tandem-state::before { animation: none } .tandem-host { transition: none } .tandem-spinner { animation-duration: 2.4s } }
`

/** Stroke paths in a box of 24. */
export const VIEW_GLYPHS = {
  stalled: 'M12 8v5m0 3v.01M10.3 4.2 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z',
  ended: 'M8 8h8v8H8z',
  hidden: 'M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z',
  expand: 'M15 3h6v6M21 3l-7 7M9 21H3v-6M3 21l7-7',
  collapse: 'M4 14h6v6M10 14l-7 7M20 10h-6V4M14 10l7-7',
  sound: 'M11 5 6 9H2v6h4l5 4zM15.5 8.5a5 5 0 0 1 0 7M19 5a10 10 0 0 1 0 14',
  muted: 'M11 5 6 9H2v6h4l5 4zM22 9l-6 6M16 9l6 6',
  image: 'M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 5M15.5 9v.01',
  video: 'M3 6h12v12H3zM15 10l6-3v10l-6-3',
} as const
export type ViewGlyph = keyof typeof VIEW_GLYPHS
