/** The styles inside the shadow root: nothing of the page around it gets in or out. */
export const STAGE_CSS = `
:host { display: block; position: relative; overflow: hidden; background: #000; contain: layout paint; }
:host([hidden]) { display: none; }
.surface { position: absolute; inset: 0; outline: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
video, canvas { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; display: block; pointer-events: none; }
video.next, canvas.next { opacity: 0; }
audio { display: none; }
.stale video, .stale canvas { filter: grayscale(0.9) brightness(0.7); }
textarea { position: absolute; left: 0; top: 0; width: 1px; height: 1px; padding: 0; border: 0; margin: 0; opacity: 0; resize: none; overflow: hidden;
  font-size: 16px; outline: none; pointer-events: none; caret-color: transparent; }
.agent { position: absolute; left: 0; top: 0; pointer-events: none; opacity: 0; transition: opacity 200ms; will-change: transform; z-index: 2; }
.agent.shown { opacity: 1; }
.agent.glide { transition: opacity 200ms, transform 90ms linear; }
.agent svg { display: block; width: 22px; height: 22px; margin: -2px 0 0 -2px; filter: drop-shadow(0 1px 2px rgb(0 0 0 / 50%)); }
.agent span { position: absolute; left: 18px; top: 16px; padding: 1px 7px; border-radius: 9px; background: #6d4aff; color: #fff; white-space: nowrap;
  font: 600 11px/16px system-ui, sans-serif; box-shadow: 0 1px 3px rgb(0 0 0 / 40%); }
.ripple { position: absolute; width: 10px; height: 10px; margin: -5px 0 0 -5px; border-radius: 50%; border: 2px solid #6d4aff; pointer-events: none; z-index: 2;
  animation: ripple 480ms ease-out forwards; }
@keyframes ripple { from { transform: scale(0.6); opacity: 1; } to { transform: scale(4.6); opacity: 0; } }
.sign { position: absolute; inset: 0; display: none; place-items: center; background: #14141b; color: #f3f3f7; text-align: center; padding: 24px; z-index: 3;
  font: 500 15px/1.5 system-ui, sans-serif; }
.sign.shown { display: grid; }
.hint { position: absolute; left: 50%; top: 12px; transform: translateX(-50%); max-width: calc(100% - 24px); box-sizing: border-box; display: none; padding: 6px 14px;
  border-radius: 16px; background: rgb(20 20 27 / 85%); color: #f3f3f7; text-align: center; pointer-events: none; z-index: 3; font: 500 13px/1.5 system-ui, sans-serif; }
.hint.shown { display: block; }
@media (prefers-reduced-motion: reduce) {
  .agent, .agent.glide { transition: none; }
  .ripple { animation: none; opacity: 0.7; }
}
`
