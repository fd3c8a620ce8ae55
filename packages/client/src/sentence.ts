/** From what a server gives as a reason (an error's code, or some words) to a sentence for people. */
import { ERRORS, isErrorCode } from '@tandem/protocol'

export function sentence(reason: string): string | null {
  if (isErrorCode(reason)) return `${ERRORS[reason].title}. ${ERRORS[reason].fix}`
  return reason === '' ? null : `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? '' : '.'}`
}
