/** Hands a closed shadow root to our world in a page: scripts never reach one, CDP does. The other side is page/shadowRoots.ts. */
import type { CdpSession } from './connection.ts'

/** Looks at the element that a frame asked about. The frame is answered in any case, as long as it is there. */
export async function handOverRoot(session: CdpSession, contextId: number, key: number): Promise<void> {
  // Each its own: letting go of it takes nothing from another that is on its way.
  const group = `tandem-root ${contextId} ${key}`
  const root = await findRoot(session, contextId, key, group).catch(() => undefined)
  const reply = { executionContextId: contextId, functionDeclaration: 'function (key, root) { globalThis.tandem?.enter(key, root ?? null) }' }
  session.post('Runtime.callFunctionOn', { ...reply, arguments: [{ value: key }, root === undefined ? { value: null } : { objectId: root }] })
  session.post('Runtime.releaseObjectGroup', { objectGroup: group })
}

async function findRoot(session: CdpSession, contextId: number, key: number, objectGroup: string): Promise<string | undefined> {
  const expression = `globalThis.tandem?.host(${key})`
  const { result: host } = await session.send('Runtime.evaluate', { expression, contextId, objectGroup })
  if (host.objectId === undefined) return undefined
  const { node } = await session.send('DOM.describeNode', { objectId: host.objectId })
  const root = node.shadowRoots?.find(({ shadowRootType }) => shadowRootType === 'closed')
  if (!root) return undefined
  const { backendNodeId } = root
  const { object } = await session.send('DOM.resolveNode', { backendNodeId, executionContextId: contextId, objectGroup })
  return object.objectId
}
