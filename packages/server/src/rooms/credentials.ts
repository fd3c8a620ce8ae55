/** Access, as rooms ask for it. */
import type { Auth } from '../access/auth.ts'
import type { Store } from '../store/store.ts'
import type { Credentials } from './types.ts'

export function credentialsOfRooms(auth: Auth, { kicks }: Pick<Store, 'kicks'>): Credentials {
  return {
    proofOf: (sessionId, identity, who) => auth.participantProof(sessionId, identity, who),
    readProof: (sessionId, identity, proof) => auth.readParticipantProof(sessionId, identity, proof),
    isWelcome: async (identity, who) => (await auth.isGood(who)) && !(await kicks.has(identity)),
    watch: (who, onEnd) => auth.watch(who, onEnd),
  }
}
