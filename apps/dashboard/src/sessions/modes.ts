import type { Mode } from '@tandem/client'

export const MODES: readonly { value: Mode; label: string; text: string }[] = [
  { value: 'pair', label: 'Pair', text: 'By turns: a person takes the wheel, the agent waits and goes on.' },
  { value: 'ai', label: 'Agent only', text: 'The agent drives, people watch.' },
  { value: 'manual', label: 'Manual', text: 'No agent: only people drive.' },
  { value: 'shared', label: 'Shared', text: 'Agent and people act at the same time.' },
]

export function modeLabel(mode: Mode): string {
  return MODES.find((entry) => entry.value === mode)?.label ?? mode
}
