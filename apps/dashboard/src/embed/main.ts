/**
 * The page `/embed/<session>#token=…`: only the picture with a slim strip, for an iframe. The token stays in the
 * fragment, which no server sees and which a reload keeps. Without one nothing is shown: a page that frames us must
 * never show, or steer, what only the cookie of whoever looks at it opens.
 */
import '../strictPolicy.ts'
import { defineTandemView } from '@tandem/element'
import { startBridge } from './bridge.ts'
import './embed.css'

const query = new URLSearchParams(location.search)
const token = new URLSearchParams(location.hash.slice(1)).get('token')

if (token === null || token === '') {
  const note = document.createElement('p')
  note.className = 'refused'
  const title = document.createElement('strong')
  title.textContent = 'This link is not complete'
  note.append(title, 'It ends with #token=… Copy it whole from the share dialog.')
  document.body.append(note)
} else {
  defineTandemView()
  const view = document.createElement('tandem-view')
  for (const name of ['transport', 'quality', 'muted', 'name', 'controls']) {
    const value = query.get(name)
    if (value !== null) view.setAttribute(name, value)
  }
  if (!query.has('controls')) view.controls = true
  view.src = location.href
  startBridge(view)
  document.body.append(view)
  // The same page with another fragment is another link.
  window.addEventListener('hashchange', () => location.reload())
}
