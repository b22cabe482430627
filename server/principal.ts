/** Who asks: the person at this machine, a signed-in user, or a key. */
import { everyScope } from './contract/scopes.ts'

export interface Principal {
  kind: 'local' | 'user' | 'key' | 'nobody'
  /** As written to the audit log: `owner`, `user:<key>`, `key:<prefix>`. */
  actor: string
  /** To show: the name of the user or the key. */
  name: string
  /** The user's key, when a person is known by one; else null. */
  userKey: string | null
  /** The id of the API key; else null. */
  keyId: string | null
  /** The id of the session the person came by; else null. */
  sessionId: string | null
  /** True for a key that anybody can read in a website's source: what it says is not believed against what is known. */
  isPublic?: boolean
  /** What it may do; `*` = everything. */
  scopes: readonly string[]
}

/** Whoever sits at this machine, while nobody has a password and the server is bound to loopback. */
export const localOwner: Principal = {
  kind: 'local',
  actor: 'owner',
  name: 'Owner',
  userKey: null,
  keyId: null,
  sessionId: null,
  scopes: [everyScope],
}

/** A caller that has shown neither key nor session. */
export const nobody: Principal = {
  kind: 'nobody',
  actor: 'nobody',
  name: 'Nobody',
  userKey: null,
  keyId: null,
  sessionId: null,
  scopes: [],
}
