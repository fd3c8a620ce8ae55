/** The script of the embedder's React page: a BrowserStreamView, or with `?view=hybrid` a BrowserHybridView, and what they tell their page. */
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserHybridView, BrowserStreamView } from '@tandem/react'
import type { BrowserMode, BrowserStreamViewProps, ControlEvent } from '@tandem/react'

const query = new URLSearchParams(location.search)
const events: ControlEvent[] = []
const modes: BrowserMode[] = []
const clicks: { x: number; y: number }[] = []
Object.assign(globalThis, { controlEvents: events, modes, clicks })
const first: Pick<BrowserStreamViewProps, 'serverId' | 'sessionId' | 'token' | 'name'> = {
  serverId: query.get('server') ?? '',
  sessionId: query.get('session') ?? '',
  token: query.get('token') ?? '',
  name: 'Embedder',
}

/** As a page does that renews its token or lets its visitor choose a name: `change({ name })`. */
function useSource(): typeof first {
  const [source, setSource] = useState(first)
  Object.assign(globalThis, { change: (patch: Partial<typeof first>) => setSource({ ...source, ...patch }) })
  return source
}

function Stream() {
  return <BrowserStreamView {...useSource()} onControl={(event) => events.push(event)} />
}

function Hybrid() {
  const source = useSource()
  const [mode, setMode] = useState<BrowserMode | 'auto'>(query.get('mode') === 'auto' ? 'auto' : 'screenshot')
  Object.assign(globalThis, { setMode })
  return <BrowserHybridView {...source} mode={mode} onModeChange={(next) => modes.push(next)} onClickCoordinates={(x, y) => clicks.push({ x, y })} />
}

const root = document.createElement('div')
root.style.cssText = 'width: 900px; height: 600px'
document.body.append(root)
createRoot(root).render(query.get('view') === 'hybrid' ? <Hybrid /> : <Stream />)
