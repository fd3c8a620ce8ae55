/** The LiveKit servers that sessions have their rooms on: how they fare, what is on them, taken out of use and back. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Ban, CirclePlay, Ellipsis, Hourglass, KeyRound, Network, Plus, RotateCcw, Trash2 } from 'lucide-react'
import type { Node } from '@tandem/client'
import { tandem } from '../api.ts'
import { age } from '../format.ts'
import { useNow, useTitle } from '../hooks.ts'
import { reportFailure } from '../toasts.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { List, Nothing, Placeholders, Row, RowIcon, Tag } from '../ui/List.tsx'
import { Menu, MenuItem, MenuSeparator } from '../ui/Popover.tsx'
import { Shell } from '../ui/Shell.tsx'
import type { PageProps } from '../ui/Shell.tsx'
import { useListing } from '../useListing.ts'
import { loadOf, sentence, SOURCES, stateOf } from './nodeWords.ts'
import { RegisterNodeDialog } from './RegisterNodeDialog.tsx'

const REFRESH_MS = 3_000

export function NodesPage({ onShut, onSignedOut }: PageProps): ReactNode {
  useTitle('Nodes · Tandem')
  const { data, problem, refresh } = useListing(async (signal) => (await tandem().nodes.list({ signal })).data, REFRESH_MS, 'nodes', onShut)
  /** `''`: one that is not known yet. */
  const [registering, setRegistering] = useState<string | null>(null)
  const [removing, setRemoving] = useState<Node | null>(null)
  const now = useNow(true, 5_000)
  const register = (
    <Button kind="solid" icon={<Plus />} onClick={() => setRegistering('')} className="pointer-coarse:h-10">
      Register a node
    </Button>
  )
  return (
    <Shell
      place="nodes"
      title="Nodes"
      action={register}
      intro="LiveKit servers. Where viewers outgrow direct connections, a session’s picture goes once to the room on its node, and the node sends it on to everybody."
      problem={problem}
      onSignedOut={onSignedOut}
    >
      {data === null ? (
        <Placeholders label="Loading nodes" />
      ) : data.length === 0 ? (
        <Nothing
          icon={<Network />}
          title="No LiveKit server"
          text="Everything but rooms works without one. Let this server run its own (npm start builds it where Go is installed), name one with LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or register one here."
        >
          {register}
        </Nothing>
      ) : (
        <List label="Nodes">
          {data.map((node) => (
            <NodeRow
              key={node.id}
              node={node}
              now={now}
              onRegister={() => setRegistering(node.id)}
              onRemove={() => setRemoving(node)}
              onChanged={() => void refresh()}
            />
          ))}
        </List>
      )}
      {registering !== null && <RegisterNodeDialog id={registering} onRegistered={() => void refresh()} onClose={() => setRegistering(null)} />}
      {removing !== null && (
        <Confirm
          title={`Forget “${removing.display_name}”?`}
          text="Its key is deleted here, and no session gets a room on it any more. The LiveKit server itself goes on."
          action="Forget node"
          onConfirm={async () => {
            await tandem().nodes.remove(removing.id)
            await refresh()
          }}
          onClose={() => setRemoving(null)}
        />
      )}
    </Shell>
  )
}

interface NodeRowProps {
  node: Node
  now: number
  onRegister: () => void
  onRemove: () => void
  onChanged: () => void
}

function NodeRow({ node, now, onRegister, onRemove, onChanged }: NodeRowProps): ReactNode {
  const { id, display_name, region, source, ws_url, problem, last_seen_at, connected, has_livekit } = node
  const state = stateOf(node)
  const seen = last_seen_at === null ? 'never seen' : `last seen ${seenWords(age(last_seen_at, now))}`
  // The server's own has no other address than the server's.
  const where = has_livekit ? SOURCES[source] : 'No address yet'
  return (
    <Row data-row={id}>
      <RowIcon look={state.tone === 'bad' ? 'bg-bad-soft text-bad' : undefined}>
        <Network />
      </RowIcon>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 sm:flex-nowrap">
          <span className="max-w-full truncate text-base font-[550] tracking-[-0.006em]" title={id}>
            {display_name}
          </span>
          <Tag tone={state.tone}>{state.label}</Tag>
          {region !== null && <Tag>{region}</Tag>}
        </div>
        <div className="truncate text-muted" title={ws_url ?? undefined}>
          {ws_url === null ? (
            where
          ) : (
            <>
              <code className="font-mono text-xs">{ws_url}</code>
              <span className="hidden sm:inline"> · {SOURCES[source]}</span>
            </>
          )}
        </div>
        {problem !== null && <div className="text-xs text-bad [overflow-wrap:anywhere]">{sentence(problem)}</div>}
        <div className="truncate text-xs text-muted sm:hidden">{loadOf(node)}</div>
      </div>
      <div className="hidden shrink-0 text-right text-muted tabular-nums sm:block">
        <div>{loadOf(node)}</div>
        {has_livekit && !connected && <div className="text-xs">{seen}</div>}
      </div>
      <NodeMenu node={node} onRegister={onRegister} onRemove={onRemove} onChanged={onChanged} />
    </Row>
  )
}

function NodeMenu({ node, onRegister, onRemove, onChanged }: Omit<NodeRowProps, 'now'>): ReactNode {
  const { id, display_name, state, source } = node
  const command = (name: 'cordon' | 'uncordon' | 'drain' | 'restart'): void => reportFailure(tandem().nodes.control(id, name).then(onChanged))
  return (
    <Menu
      trigger={
        <IconButton label={`Actions for ${display_name}`}>
          <Ellipsis />
        </IconButton>
      }
    >
      {state !== 'active' && (
        <MenuItem icon={<CirclePlay />} hint="New sessions may come to it" onSelect={() => command('uncordon')}>
          Put back into use
        </MenuItem>
      )}
      {state === 'active' && (
        <MenuItem icon={<Ban />} hint="No new sessions; those on it stay" onSelect={() => command('cordon')}>
          Cordon
        </MenuItem>
      )}
      {state !== 'draining' && (
        <MenuItem icon={<Hourglass />} hint="Until the last session on it has ended" onSelect={() => command('drain')}>
          Drain
        </MenuItem>
      )}
      {source === 'own' && (
        <MenuItem icon={<RotateCcw />} hint="Viewers of its rooms come back by themselves" onSelect={() => command('restart')}>
          Restart
        </MenuItem>
      )}
      {source === 'registered' && (
        <>
          <MenuSeparator />
          <MenuItem icon={<KeyRound />} onSelect={onRegister}>
            Change address or key
          </MenuItem>
          <MenuItem icon={<Trash2 />} danger onSelect={onRemove}>
            Forget this node
          </MenuItem>
        </>
      )}
    </Menu>
  )
}

const seenWords = (passed: string): string => (passed === 'now' ? 'just now' : `${passed} ago`)
