import { useId, useState } from 'react'
import type { ReactNode } from 'react'
import type { Profile } from '@tandem/client'
import { tandem } from '../api.ts'
import { usePolling } from '../hooks.ts'
import { Field, Input } from '../ui/Field.tsx'

const REFRESH_MS = 10_000
/** As the server takes it. */
const NAME = '[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}'

/** A profile to come back to, or a name for a new one. */
export function ProfileField({ value, onChange, error }: { value: string; onChange: (value: string) => void; error: string | null }): ReactNode {
  const [profiles, setProfiles] = useState<readonly Profile[]>([])
  const listId = useId()
  usePolling(
    async (signal) => {
      try {
        setProfiles((await tandem().profiles.list({ signal })).data)
      } catch {
        // A name can be typed without the list.
      }
    },
    REFRESH_MS,
    'profiles',
  )
  const known = profiles.find(({ name }) => name === value.trim())
  const hint =
    known === undefined
      ? 'Keeps cookies and logins for the next session.'
      : known.session_id === null
        ? 'Begins with the logins of the last time.'
        : 'Another session has it at the moment.'
  return (
    <Field label="Profile" optional hint={hint} error={error}>
      {(ids) => (
        <>
          <Input
            {...ids}
            list={listId}
            pattern={NAME}
            title="Letters, digits, dots, dashes and underscores, 64 at most"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="None"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={listId}>
            {profiles.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}
