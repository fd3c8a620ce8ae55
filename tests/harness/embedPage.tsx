/** The script of the embedder's React page: a BrowserStreamView, or with `?view=hybrid` a BrowserHybridView, and what they tell their page. */
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserHybridView, BrowserStreamView } from '@tandem/react'
import type { BrowserMode, ControlEvent } from '@tandem/react'

const query = new URLSearchParams(location.search)
const events: ControlEvent[] = []
const modes: BrowserMode[] = []
const clicks: { x: number; y: number }[] = []
Object.assign(globalThis, { controlEvents: events, modes, clicks })
const source = { serverId: query.get('server') ?? '', sessionId: query.get('session') ?? '', token: query.get('token') ?? '', name: 'Embedder' }

function Hybrid() {
  const [mode, setMode] = useState<BrowserMode | 'auto'>(query.get('mode') === 'auto' ? 'auto' : 'screenshot')
  Object.assign(globalThis, { setMode })
  return <BrowserHybridView {...source} mode={mode} onModeChange={(next) => modes.push(next)} onClickCoordinates={(x, y) => clicks.push({ x, y })} />
}

const root = document.createElement('div')
root.style.cssText = 'width: 900px; height: 600px'
document.body.append(root)
createRoot(root).render(query.get('view') === 'hybrid' ? <Hybrid /> : <BrowserStreamView {...source} onControl={(event) => events.push(event)} />)
