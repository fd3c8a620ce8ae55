/** What control answers to those who may not, in one place; the texts say what to do next. */
import { TandemError } from '@tandem/protocol'
import type { Holder } from './states.ts'
import type { Party } from './types.ts'

/** Somebody else has the wheel, or was faster. */
export function conflict(winner: Holder): TandemError {
  const text = `${winner.name} has control, or was faster. Ask for it with a request.`
  return new TandemError('control/conflict', text, { winner_client_id: winner.clientId, winner_name: winner.name })
}

export function notHolder(holder: Holder): TandemError {
  return new TandemError('control/not-holder', `${holder.name} has control. Ask for it with a request.`, {
    holder_client_id: holder.clientId,
    holder_name: holder.name,
  })
}

export function assertRole(party: Party): void {
  if (party.role === 'control' || party.role === 'admin') return
  throw new TandemError('auth/forbidden', 'This link may watch, but not take control.', { needs: 'control' })
}

export function assertForce(party: Party, force: boolean): void {
  if (force && party.role !== 'admin')
    throw new TandemError('auth/forbidden', 'Only an admin may take control by force. Ask for it with a request.', { needs: 'admin' })
}
