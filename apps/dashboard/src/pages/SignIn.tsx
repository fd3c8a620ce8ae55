/** No credential yet: how to get a link, and a field for the API key. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { login } from '../auth.ts'
import { useTitle } from '../hooks.ts'
import { codeOf, messageOf } from '../api.ts'
import { Button } from '../ui/Button.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Logo } from '../ui/Logo.tsx'

const LINK_COMMAND = 'npx tandem link'

export function SignIn({ onSignedIn }: { onSignedIn: () => void }): ReactNode {
  useTitle('Sign in · Tandem')
  return (
    <main className="grid min-h-full place-items-center px-5 py-10">
      <div className="w-full max-w-[360px] animate-fade">
        <Logo className="size-10" />
        <h1 className="mt-5 text-lg leading-6 font-semibold tracking-[-0.015em]">Sign in to Tandem</h1>
        <p className="mt-1.5 text-base text-muted">Open the link that the server printed when it started, or ask for a fresh one on its machine:</p>
        <div className="mt-4 flex items-center rounded-lg bg-sunken py-0.5 pr-0.5 pl-3 font-mono text-xs shadow-[inset_0_0_0_1px_var(--line)]">
          <span className="mr-2 text-faint select-none">$</span>
          <span className="flex-1">{LINK_COMMAND}</span>
          <CopyButton text={LINK_COMMAND} what="command" />
        </div>
        <div className="my-6 flex items-center gap-3 text-xs text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">or</div>
        <KeyForm onSignedIn={onSignedIn} />
      </div>
    </main>
  )
}

/** Takes an API key, a token, or a whole pasted link. */
function credentialIn(text: string): string {
  const trimmed = text.trim()
  return /[#&?]token=([^&\s]+)/.exec(trimmed)?.[1] ?? trimmed
}

export function KeyForm({ onSignedIn }: { onSignedIn: () => void }): ReactNode {
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const submit = async (): Promise<void> => {
    setBusy(true)
    setError(null)
    try {
      await login(credentialIn(text))
      onSignedIn()
    } catch (reason) {
      const refused = codeOf(reason) === 'auth/invalid'
      setError(refused ? 'The server does not know this key or link.' : messageOf(reason))
      setBusy(false)
    }
  }
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Field label="API key or link" error={error}>
        {(ids) => (
          <Input
            {...ids}
            type="password"
            autoComplete="current-password"
            placeholder="tandem_key_…"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button kind="solid" type="submit" className="h-9 w-full pointer-coarse:h-11" disabled={busy || text.trim() === ''}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}
