import { createApiKey } from '#activities/access/api-keys.ts'
import type { Database } from '#db/client.ts'
import { listApiKeys, revokeApiKey, type ApiKeyRow } from '#db/repositories/api-keys.ts'
import { listScopes } from '../access/roles.ts'
import { createKey, listKeys, revokeKey, type Key } from '../contract/keys.ts'
import { allows, everyScope, ingestScope, type Scope } from '../contract/scopes.ts'
import { readCursor, toPage } from '../paging.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import type { Principal } from '../principal.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'

/** Keys of programs. */
export function keyRoutes({ db }: { db: Database }): Implementation[] {
  return [
    implement(listKeys, async ({ query }) => {
      const rows = await listApiKeys(db, { limit: query.limit + 1, cursor: readCursor(query.cursor) })
      return ok(toPage(rows, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }), presentKey))
    }),

    implement(createKey, async ({ body }, { principal }) => {
      const { name, kind, expiresAt } = body
      const scopes = kind === 'public' ? [ingestScope] : requireScopes(body.scopes, principal)
      const expiry = expiresAt === null ? null : new Date(expiresAt)
      const request = { name, kind, scopes, expiresAt: expiry, actor: principal.actor }
      const { row, key } = await db.transaction((tx) => createApiKey(tx, request))
      return reply(201, { ...presentKey(row), key })
    }),

    implement(revokeKey, async ({ params }, { actor }) => {
      const known = await db.transaction((tx) => revokeApiKey(tx, { id: params.id, actor }))
      if (!known) throw new HttpProblem('KEY_NOT_FOUND', `There is no key "${params.id}".`)
      return ok({ revoked: true as const })
    }),
  ]
}

/** Known rights, all of which the giver has. @throws {HttpProblem} SCOPE_UNKNOWN, SCOPE_MISSING */
function requireScopes(wanted: readonly string[], giver: Principal): string[] {
  const known: readonly string[] = [...listScopes(), everyScope]
  if (wanted.length === 0) throw new HttpProblem('SCOPE_UNKNOWN', 'Name at least one right, for example "leads:read".')
  for (const scope of wanted) {
    if (!known.includes(scope)) {
      throw new HttpProblem('SCOPE_UNKNOWN', `There is no right "${scope}"; there are ${known.join(', ')}.`)
    }
    if (!allows(giver.scopes, scope as Scope)) {
      throw new HttpProblem('SCOPE_MISSING', `You cannot give the right "${scope}", which you do not have.`)
    }
  }
  return [...new Set(wanted)]
}

function presentKey(row: ApiKeyRow): Key {
  const { id, name, kind, prefix, scopes, createdBy } = row
  return {
    id,
    name,
    kind,
    prefix,
    scopes,
    createdBy,
    createdAt: toInstant(row.createdAt),
    expiresAt: toInstantOrNull(row.expiresAt),
    lastUsedAt: toInstantOrNull(row.lastUsedAt),
    revokedAt: toInstantOrNull(row.revokedAt),
  }
}
