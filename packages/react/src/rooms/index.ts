/** `@tandem/react/rooms`: components and hooks over livekit-client; apart from `@tandem/react`, which loads it only when it must. */
export { AgentSessionPanel } from './AgentSessionPanel.tsx'
export type { AgentSessionPanelProps } from './AgentSessionPanel.tsx'
export { LivekitConnectionBadge } from './LivekitConnectionBadge.tsx'
export { useAgentSessionRoom, useLivekitConnection, useRoomSnapshot } from './useAgentSessionRoom.ts'
export { useInputCapture } from './useInputCapture.ts'
export type { UseInputCaptureOptions } from './useInputCapture.ts'
export { useLatencyPing } from './useLatencyPing.ts'
