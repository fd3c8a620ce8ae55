/** Sentences about control, for people and for screen readers. */
import type { AgentSession, DriverDescription, LiveSnapshot } from '@tandem/client'

export function driverSentence(driver: DriverDescription): string {
  if (driver.changing === 'taking') return driver.kind === 'you' ? 'You are taking control' : 'Control is being taken'
  if (driver.changing === 'handing-back') return 'Control is going back to the agent'
  switch (driver.kind) {
    case 'agent':
      return driver.silent ? 'The agent does not answer' : 'The agent drives'
    case 'you':
      return 'You drive'
    case 'human':
      return `${driver.name} drives`
    case 'both':
      return 'Agent and people drive'
    case 'nobody':
      return 'Nobody drives'
    case 'unknown':
      return ''
  }
}

/** What waits for this viewer's answer, without its countdown: for screen readers. */
export function pendingSentence({ humanRequests, control, holding, me }: LiveSnapshot): string {
  const [asked] = humanRequests
  if (asked !== undefined) return `The agent asks for help: ${asked.reason}`
  const request = holding ? control?.requests.find(({ client_id }) => client_id !== me?.id) : undefined
  if (request !== undefined) return `${request.name} asks for control`
  return holding && typeof control?.idle_ends_at === 'string' ? 'Still there? Control goes back to the agent soon.' : ''
}

interface Rights {
  mayControl: boolean
  session: Pick<AgentSession, 'mode'> | null
}

/** Whether there is a wheel for this viewer to take: not in a mode without turns. */
export function mayTake({ mayControl, session }: Rights): boolean {
  return mayControl && session?.mode !== 'ai' && session?.mode !== 'shared'
}

/** Who is to answer a question of the page that this viewer cannot answer now. */
export function whoAnswers(rights: Rights, driver: DriverDescription): string {
  if (driver.kind === 'human') return `${driver.name} answers this.`
  if (mayTake(rights)) return 'Take control to answer this.'
  return rights.session?.mode === 'ai' ? 'The agent answers this.' : 'Whoever drives answers this.'
}

/** Why the page's controls do nothing at the moment; null while they work. */
export function whyNotSteering({ steering, mayControl, status, session }: LiveSnapshot, driver: DriverDescription): string | null {
  if (steering) return null
  if (status === 'ended') return 'The view has ended'
  if (session?.mode === 'ai') return 'In this mode people only watch'
  if (!mayControl) return 'This link is for watching'
  return driver.kind === 'human' ? `${driver.name} drives` : 'Take control to use this'
}

export function titleOf(snapshot: LiveSnapshot, driver: DriverDescription, name: string): string {
  const state = {
    connecting: 'Connecting',
    stalled: 'Stalled',
    ended: 'Ended',
    live: snapshot.humanRequests.length > 0 && !snapshot.holding ? 'The agent asks' : driverSentence(driver),
  }[snapshot.status]
  return `${snapshot.holding ? '● ' : ''}${state} · ${name}`
}

const HANDBACK_REASONS: Record<string, string> = {
  lost: 'The connection was lost for too long.',
  left: 'The page was left.',
  idle: 'Nothing was done for a while.',
  max: 'The longest turn is over.',
  taken: 'An admin took control.',
  given: 'Control was given away.',
  restarted: 'The server was restarted.',
  'mode-changed': 'The mode of the session changed.',
}

/** Why a turn ended that its holder did not end. */
export function turnEnded(reason: string): string | null {
  return HANDBACK_REASONS[reason] ?? null
}
