/** A new browser: where it goes, what it pretends to be, and who may drive it. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Monitor, MonitorUp, SlidersHorizontal, Smartphone } from 'lucide-react'
import type { AgentSession, CreateSession, Mode } from '@tandem/client'
import { codeOf, messageOf, tandem } from '../api.ts'
import { toAddress } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { Switch } from '../ui/Switch.tsx'
import { LimitFields, limitsBody, NO_LIMITS } from './LimitFields.tsx'
import type { Limits } from './LimitFields.tsx'
import { MODES } from './modes.ts'
import { ProfileField } from './ProfileField.tsx'

const DEVICES = [
  { value: 'desktop', label: 'Desktop', size: '1280 × 720', icon: <Monitor /> },
  { value: '1080p', label: '1080p', size: '1920 × 1080', icon: <MonitorUp /> },
  { value: 'phone', label: 'Phone', size: '402 × 874', icon: <Smartphone /> },
  { value: 'custom', label: 'Custom', size: 'Your size', icon: <SlidersHorizontal /> },
] as const
type DeviceChoice = (typeof DEVICES)[number]['value']

interface NewSessionDialogProps {
  onClose: () => void
  onCreated: (session: AgentSession) => void
}

const CARD =
  'flex rounded-lg bg-panel shadow-[inset_0_0_0_1px_var(--line-strong)] transition-shadow select-none hover:bg-hover has-checked:bg-hover has-checked:shadow-[inset_0_0_0_1.5px_var(--ink)] has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-focus'

export function NewSessionDialog({ onClose, onCreated }: NewSessionDialogProps): ReactNode {
  const [url, setUrl] = useState('')
  const [name, setName] = useState('')
  const [device, setDevice] = useState<DeviceChoice>('desktop')
  const [mode, setMode] = useState<Mode>('pair')
  const [size, setSize] = useState({ width: '1440', height: '900', scale: '1', touch: false })
  const [profile, setProfile] = useState('')
  const [limits, setLimits] = useState<Limits>(NO_LIMITS)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<{ field: 'url' | 'profile' | null; text: string } | null>(null)

  const create = async (): Promise<void> => {
    setBusy(true)
    setError(null)
    const body: CreateSession = { mode }
    if (url.trim() !== '') body.initial_url = toAddress(url)
    if (name.trim() !== '') body.name = name.trim()
    if (device === 'custom')
      body.viewport = { width: Number(size.width), height: Number(size.height), scale: Number(size.scale), touch: size.touch, mobile: size.touch }
    else body.device = device
    if (profile.trim() !== '') body.profile = profile.trim()
    Object.assign(body, limitsBody(limits))
    try {
      onCreated(await tandem().sessions.create(body))
    } catch (reason) {
      const code = codeOf(reason)
      const aboutUrl = code === 'browser/url-refused' || code === 'browser/navigation-failed'
      setError({ field: aboutUrl ? 'url' : code === 'profile/in-use' ? 'profile' : null, text: messageOf(reason) })
      setBusy(false)
    }
  }

  return (
    <Dialog
      title="New session"
      width={520}
      onClose={onClose}
      onSubmit={() => void create()}
      footer={
        <>
          <span role="alert" className="mr-auto line-clamp-2 min-w-0 text-xs text-bad">
            {error?.field === null ? error.text : ''}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={busy} className="min-w-32">
            {busy ? 'Starting…' : 'Start session'}
          </Button>
        </>
      }
    >
      <div className="space-y-5">
        <Field label="Address" optional error={error?.field === 'url' ? error.text : null}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="url"
              autoCapitalize="none"
              spellCheck={false}
              placeholder="example.com"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
            />
          )}
        </Field>

        <fieldset>
          <legend className="mb-1.5 font-medium">Device</legend>
          <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
            {DEVICES.map((entry) => (
              <label key={entry.value} className={`${CARD} items-center gap-2.5 px-2.5 py-2 sm:flex-col sm:items-start sm:gap-1.5 sm:py-2.5 [&_svg]:size-4`}>
                <input type="radio" name="device" className="sr-only" checked={device === entry.value} onChange={() => setDevice(entry.value)} />
                <span className="text-muted">{entry.icon}</span>
                <span className="min-w-0">
                  <span className="block font-medium">{entry.label}</span>
                  <span className="block text-xs whitespace-nowrap text-muted tabular-nums">{entry.size}</span>
                </span>
              </label>
            ))}
          </div>
          {device === 'custom' && (
            <div className="mt-3 grid grid-cols-[1fr_1fr_1fr_auto] items-end gap-3">
              {(['width', 'height', 'scale'] as const).map((key) => (
                <Field key={key} label={{ width: 'Width', height: 'Height', scale: 'Scale' }[key]}>
                  {(ids) => (
                    <Input
                      {...ids}
                      type="number"
                      required
                      min={key === 'scale' ? 1 : 200}
                      max={key === 'scale' ? 4 : 3840}
                      step={key === 'scale' ? 0.25 : 1}
                      value={size[key]}
                      onChange={(event) => setSize({ ...size, [key]: event.target.value })}
                    />
                  )}
                </Field>
              ))}
              <div className="flex h-9 items-center gap-2 pointer-coarse:h-11">
                <Switch label="Touch screen" checked={size.touch} onChange={(touch) => setSize({ ...size, touch })} />
                <span>Touch</span>
              </div>
            </div>
          )}
        </fieldset>

        <fieldset>
          <legend className="mb-1.5 font-medium">Who drives</legend>
          <div className="grid gap-2 sm:grid-cols-2">
            {MODES.map((entry) => (
              <label key={entry.value} className={`${CARD} flex-col px-3 py-2.5`}>
                <input type="radio" name="mode" className="sr-only" checked={mode === entry.value} onChange={() => setMode(entry.value)} />
                <span className="font-medium">{entry.label}</span>
                <span className="text-xs text-muted">{entry.text}</span>
              </label>
            ))}
          </div>
        </fieldset>

        <div className="grid gap-x-3 gap-y-5 sm:grid-cols-2">
          <Field label="Name" optional>
            {(ids) => <Input {...ids} maxLength={100} placeholder="The page’s host" value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <ProfileField value={profile} onChange={setProfile} error={error?.field === 'profile' ? error.text : null} />
        </div>
        <LimitFields limits={limits} onChange={setLimits} />
      </div>
    </Dialog>
  )
}
