/** Messages to the server, through the CDP binding. */
import type { CaptureMessage } from '@tandem/protocol'
import { platform } from './platform.ts'

export function emit(message: CaptureMessage): void {
  platform.tandemEmit?.(JSON.stringify(message))
}

export function log(level: 'info' | 'warn' | 'error', message: string): void {
  emit({ type: 'log', level, message })
}

/** The text of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
