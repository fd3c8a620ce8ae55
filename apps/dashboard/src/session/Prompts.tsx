/** The page's own questions, as a modal over the picture: dialogs, file choosers, sign-in of a server. */
import { useRef, useState } from 'react'
import type { DragEvent, ReactNode } from 'react'
import { FileUp, FolderUp, KeyRound, Upload } from 'lucide-react'
import type { AuthPrompt, Dialog, FileChooser } from '@tandem/client'
import { hostOf } from '../format.ts'
import { reportFailure } from '../toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { useSession } from './context.ts'
import { whoAnswers } from './words.ts'

export function Prompts(): ReactNode {
  const { snapshot } = useSession()
  const { dialogs, fileChoosers, authPrompts, status } = snapshot
  if (status === 'ended') return null
  const [dialog] = dialogs
  const [auth] = authPrompts
  const [chooser] = fileChoosers
  // One at a time, the one that blocks the page most first.
  const card =
    dialog !== undefined ? (
      <DialogCard key={dialog.id} dialog={dialog} />
    ) : auth !== undefined ? (
      <AuthCard key={auth.id} prompt={auth} />
    ) : chooser !== undefined ? (
      <ChooserCard key={chooser.id} chooser={chooser} />
    ) : null
  if (card === null) return null
  return <div className="absolute inset-0 z-10 grid animate-fade place-items-center overflow-y-auto bg-black/45 p-4">{card}</div>
}

function Card({ label, children, onSubmit, onCancel }: { label: string; children: ReactNode; onSubmit: () => void; onCancel: () => void }): ReactNode {
  return (
    <form
      role="dialog"
      aria-label={label}
      className="w-full max-w-[400px] animate-rise rounded-2xl bg-raised p-4 shadow-dialog"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel()
      }}
    >
      {children}
    </form>
  )
}

/** Whoever does not steer sees the question and who is to answer it. */
function Waiting(): ReactNode {
  const { driver, snapshot } = useSession()
  return <p className="mt-3 border-t border-line pt-3 text-xs text-muted">{whoAnswers(snapshot, driver)}</p>
}

const DIALOG_TITLES = { alert: 'says', confirm: 'asks', prompt: 'asks', beforeunload: 'Leave this page?' }

function DialogCard({ dialog }: { dialog: Dialog }): ReactNode {
  const { view, snapshot } = useSession()
  const [text, setText] = useState(dialog.defaultPrompt)
  const from = hostOf(dialog.url) ?? 'This page'
  const leaving = dialog.type === 'beforeunload'
  const answer = (accept: boolean): void => reportFailure(view.answerDialog(dialog.id, accept, dialog.type === 'prompt' && accept ? text : undefined))
  return (
    <Card
      label={leaving ? DIALOG_TITLES.beforeunload : `${from} ${DIALOG_TITLES[dialog.type]}`}
      onSubmit={() => answer(true)}
      onCancel={() => answer(dialog.type === 'alert')}
    >
      <h2 className="font-semibold" data-prompt={dialog.type}>
        {leaving ? DIALOG_TITLES.beforeunload : `${from} ${DIALOG_TITLES[dialog.type]}`}
      </h2>
      <p className="mt-1.5 max-h-48 overflow-y-auto whitespace-pre-line text-muted [overflow-wrap:anywhere]">
        {leaving ? 'Changes may not be saved.' : dialog.message}
      </p>
      {dialog.type === 'prompt' && (
        <Input autoFocus aria-label="Answer" className="mt-3" value={text} disabled={!snapshot.steering} onChange={(event) => setText(event.target.value)} />
      )}
      {snapshot.steering ? (
        <div className="mt-4 flex justify-end gap-2">
          {dialog.type !== 'alert' && <Button onClick={() => answer(false)}>{leaving ? 'Stay' : 'Cancel'}</Button>}
          <Button kind="solid" type="submit" autoFocus={dialog.type !== 'prompt'}>
            {leaving ? 'Leave' : 'OK'}
          </Button>
        </div>
      ) : (
        <Waiting />
      )}
    </Card>
  )
}

function AuthCard({ prompt }: { prompt: AuthPrompt }): ReactNode {
  const { view, snapshot } = useSession()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const cancel = (): void => reportFailure(view.answerAuth(prompt.id, null))
  return (
    <Card label="Sign-in" onSubmit={() => reportFailure(view.answerAuth(prompt.id, { username, password }))} onCancel={cancel}>
      <div className="flex items-start gap-3">
        <span className="grid size-8 shrink-0 place-items-center rounded-lg bg-sunken text-muted [&_svg]:size-4">
          <KeyRound />
        </span>
        <div className="min-w-0">
          <h2 className="font-semibold [overflow-wrap:anywhere]" data-prompt="auth">
            {hostOf(prompt.origin) ?? prompt.origin} asks for a sign-in
          </h2>
          <p className="text-muted [overflow-wrap:anywhere]">
            {prompt.isProxy ? 'This is the proxy of the live browser.' : prompt.realm === '' ? 'What you type goes to that server.' : prompt.realm}
          </p>
        </div>
      </div>
      {snapshot.steering ? (
        <>
          <div className="mt-4 space-y-3">
            <Field label="User name">
              {(ids) => <Input {...ids} autoFocus autoComplete="off" value={username} onChange={(event) => setUsername(event.target.value)} />}
            </Field>
            <Field label="Password">
              {(ids) => <Input {...ids} type="password" autoComplete="off" value={password} onChange={(event) => setPassword(event.target.value)} />}
            </Field>
          </div>
          <div className="mt-4 flex justify-end gap-2">
            <Button onClick={cancel}>Cancel</Button>
            <Button kind="solid" type="submit">
              Sign in
            </Button>
          </div>
        </>
      ) : (
        <Waiting />
      )}
    </Card>
  )
}

function ChooserCard({ chooser }: { chooser: FileChooser }): ReactNode {
  const { view, snapshot } = useSession()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [busy, setBusy] = useState(false)
  const choose = (files: File[] | null): void => {
    if (files !== null && files.length === 0) return
    setBusy(true)
    reportFailure(view.chooseFiles(chooser.id, files).finally(() => setBusy(false)))
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const files = [...event.dataTransfer.files]
    choose(chooser.multiple ? files : files.slice(0, 1))
  }
  const what = chooser.directory ? 'a folder' : chooser.multiple ? 'files' : 'a file'
  const Icon = chooser.directory ? FolderUp : FileUp
  return (
    <Card label={`The page asks for ${what}`} onSubmit={() => input.current?.click()} onCancel={() => choose(null)}>
      <h2 className="font-semibold" data-prompt="file">
        The page asks for {what}
      </h2>
      {snapshot.steering ? (
        <>
          <input
            ref={input}
            type="file"
            hidden
            multiple={chooser.multiple}
            {...(chooser.directory ? { webkitdirectory: '' } : {})}
            accept={chooser.accept ?? undefined}
            onChange={(event) => choose([...(event.currentTarget.files ?? [])])}
          />
          <button
            type="button"
            disabled={busy}
            onClick={() => input.current?.click()}
            onDragOver={(event) => {
              event.preventDefault()
              setOver(true)
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
            className={`mt-3 flex h-36 w-full flex-col items-center justify-center gap-1 rounded-xl border-[1.5px] border-dashed transition-colors ${over ? 'border-agent bg-agent-soft' : 'border-line-strong hover:bg-hover'}`}
          >
            {busy ? <Upload className="mb-1 size-5 animate-pulse text-muted" /> : <Icon className="mb-1 size-5 text-muted" />}
            <span className="font-medium">{busy ? 'Uploading…' : `Choose ${what}`}</span>
            <span className="text-xs text-muted pointer-coarse:hidden">or drop {chooser.directory ? 'its files' : chooser.multiple ? 'them' : 'it'} here</span>
            {chooser.accept !== null && chooser.accept !== '' && <span className="max-w-full truncate px-4 text-xs text-muted">{chooser.accept}</span>}
          </button>
          <div className="mt-3 flex justify-end">
            <Button onClick={() => choose(null)}>Cancel</Button>
          </div>
        </>
      ) : (
        <Waiting />
      )}
    </Card>
  )
}
