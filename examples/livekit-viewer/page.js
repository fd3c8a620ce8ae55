// @ts-check
/** What any LiveKit client does with a session: watch, be told, and (while it drives) send input. */
import { Room, RoomEvent } from 'livekit-client'

const [video, state, wheel] = ['#live', '#state', '#wheel'].map((name) => document.querySelector(name))
if (!(video instanceof HTMLVideoElement && state instanceof HTMLElement && wheel instanceof HTMLButtonElement)) throw new Error('not this page')

const answer = await fetch('./join', { method: 'POST' })
if (!answer.ok) {
  state.textContent = await answer.text()
  throw new Error(state.textContent)
}
const { livekit, viewport } = await answer.json()

// The guide's ten lines. `adaptiveStream` off: a live page is wanted at once and whole.
const room = new Room({ adaptiveStream: false, dynacast: true })
room.on(RoomEvent.TrackSubscribed, (track) => {
  if (track.kind === 'video') track.attach(video)
})
await room.connect(livekit.ws_url, livekit.token)
state.textContent = 'Live'
wheel.disabled = false
addEventListener('pagehide', () => void room.disconnect())

/** Ours to drive: the browser says on a topic of its own who does. */
let driving = false
room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
  if (participant?.identity !== 'tandem-browser' || topic !== 'browser-focus') return
  driving = JSON.parse(new TextDecoder().decode(payload)).identity === room.localParticipant.identity
  video.toggleAttribute('data-driving', driving)
  wheel.textContent = driving ? 'Hand back' : 'Take control'
  state.textContent = driving ? 'You drive: click and type in the picture.' : 'Live'
})
room.on(RoomEvent.Disconnected, () => {
  driving = false
  wheel.disabled = true
  state.textContent = 'The room is gone. Reload for a fresh token.'
})
wheel.addEventListener('click', async () => {
  wheel.disabled = true
  const answer = await fetch(driving ? './handback' : './takeover', { method: 'POST', body: room.localParticipant.identity })
  wheel.disabled = false
  if (!answer.ok) state.textContent = await answer.text()
})

/** One JSON object a packet. Only moves may be lost. */
function send(/** @type {{ type: string, [member: string]: unknown }} */ event) {
  if (!driving) return
  const reliable = event.type !== 'mouseMove'
  room.localParticipant.publishData(new TextEncoder().encode(JSON.stringify(event)), { reliable }).catch(() => {})
}

/** CSS pixels of the remote page, through the letterbox; by the page's size, since the SFU may scale the video's. Null beside it, unless it may leave. */
const at = (/** @type {MouseEvent} */ { clientX, clientY }, mayLeave = false) => {
  const box = video.getBoundingClientRect()
  const scale = Math.min(box.width / viewport.width, box.height / viewport.height)
  const x = Math.round((clientX - box.left - (box.width - viewport.width * scale) / 2) / scale)
  const y = Math.round((clientY - box.top - (box.height - viewport.height * scale) / 2) / scale)
  const point = { x: Math.min(Math.max(x, 0), viewport.width - 1), y: Math.min(Math.max(y, 0), viewport.height - 1) }
  return mayLeave || (point.x === x && point.y === y) ? point : null
}
// What is pressed in the picture stays its own until it is let go of, wherever that is.
video.addEventListener('pointerdown', ({ pointerId }) => video.setPointerCapture(pointerId))
video.addEventListener('mousemove', (event) => {
  const point = at(event, event.buttons > 0)
  if (point) send({ type: 'mouseMove', ...point })
})
const held = new Set()
video.addEventListener('mousedown', (event) => {
  const point = at(event)
  if (!point) return
  held.add(event.button)
  send({ type: 'mouseDown', ...point, button: event.button })
})
video.addEventListener('mouseup', (event) => {
  if (held.delete(event.button)) send({ type: 'mouseUp', ...at(event, true), button: event.button })
})
/** Nothing says when a key or a button goes up elsewhere. */
const letGo = () => {
  held.clear()
  send({ type: 'release' })
}
addEventListener('blur', letGo)
video.addEventListener('blur', letGo)
video.addEventListener('pointercancel', letGo)
video.addEventListener('contextmenu', (event) => event.preventDefault())
video.addEventListener(
  'wheel',
  (event) => {
    const point = at(event)
    if (point) send({ type: 'wheel', ...point, deltaX: Math.round(event.deltaX), deltaY: Math.round(event.deltaY) })
  },
  { passive: true },
)

const MODIFIERS = /** @type {const} */ ([
  ['metaKey', 'cmd'],
  ['ctrlKey', 'ctrl'],
  ['shiftKey', 'shift'],
  ['altKey', 'option'],
])
for (const type of /** @type {const} */ (['keydown', 'keyup'])) {
  video.addEventListener(type, (event) => {
    if (!driving) return
    event.preventDefault()
    send({ type: type === 'keydown' ? 'keyDown' : 'keyUp', key: event.key, modifiers: MODIFIERS.flatMap(([held, name]) => (event[held] ? [name] : [])) })
  })
}
