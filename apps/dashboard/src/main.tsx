/** The entry of the page: the token leaves the address before anything else happens. */
import './strictPolicy.ts'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { appPath } from './base.ts'
import { keepSessionToken, takeFragmentToken } from './auth.ts'
import { readRoute } from './router.ts'
import './styles.css'

const token = takeFragmentToken()
const route = readRoute(appPath())
// A token on a session's address is a guest's: it stays in this tab. On the list it is a login.
if (token !== null && route.page === 'session') keepSessionToken(route.id, token)
const loginToken = route.page === 'session' ? null : token

// A link that is pasted where its page is open already changes the fragment alone: begin again with it.
addEventListener('hashchange', () => {
  if (new URLSearchParams(location.hash.slice(1)).has('token')) location.reload()
})

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App loginToken={loginToken} />
  </StrictMode>,
)
