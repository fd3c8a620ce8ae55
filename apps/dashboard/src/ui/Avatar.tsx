import type { ReactNode } from 'react'
import { Bot } from 'lucide-react'

function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => [...(word ?? '?')][0]?.toUpperCase() ?? '?').join('')
}

/** Eight quiet tints: the same name has the same one everywhere. */
const TINTS = ['bg-sky-700', 'bg-teal-700', 'bg-emerald-700', 'bg-rose-700', 'bg-fuchsia-800', 'bg-blue-700', 'bg-stone-600', 'bg-cyan-800']

function tint(name: string): string {
  let hash = 0
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) | 0
  return TINTS[Math.abs(hash) % TINTS.length] ?? 'bg-stone-600'
}

interface AvatarProps {
  name: string
  kind?: 'human' | 'agent'
  size?: 'sm' | 'md'
}

export function Avatar({ name, kind = 'human', size = 'md' }: AvatarProps): ReactNode {
  const box = size === 'sm' ? 'size-5 text-[9px] [&_svg]:size-3' : 'size-6 text-[10px] [&_svg]:size-3.5'
  return kind === 'agent' ? (
    <span aria-hidden="true" className={`grid shrink-0 place-items-center rounded-full bg-agent-soft text-agent-ink ${box}`}>
      <Bot />
    </span>
  ) : (
    <span aria-hidden="true" className={`grid shrink-0 place-items-center rounded-full font-semibold tracking-wide text-white ${box} ${tint(name)}`}>
      {initials(name)}
    </span>
  )
}
