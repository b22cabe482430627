import type { Command } from 'commander'
import { createApiKey } from '#activities/access/api-keys.ts'
import { listApiKeys, revokeApiKey } from '#db/repositories/api-keys.ts'
import { listScopes } from '#server/access/roles.ts'
import { everyScope, ingestScope } from '#server/contract/scopes.ts'
import { addCommand, CommandError, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

interface CreateOptions extends GlobalOptions {
  scope: string[]
  public: boolean
  expires?: string
}

/** `trellis keys create | list | revoke`. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('Keys by which programs and websites use the API')
  addCommand<CreateOptions>(
    keys,
    'create <name>',
    'Make a key; it is shown once',
    (command) =>
      command
        .option('--scope <scope...>', 'a right, for example leads:read; repeat it, or "*" for everything', [])
        .option('--public', 'for a website: everybody can read it, and it takes in events only', false)
        .option('--expires <date>', 'the day after which it opens nothing, YYYY-MM-DD'),
    ([name = ''], options) => createKey(name, options),
  )
  addCommand(
    keys,
    'list',
    'All keys, newest first',
    (command) => command,
    () =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listApiKeys(db, { limit: 1000, cursor: null })
        const data = rows.map((row) => ({ ...row, hash: undefined }))
        const lines = rows.map((row) => [
          row.prefix,
          row.name,
          row.scopes.join(' '),
          row.revokedAt !== null ? 'revoked' : isPast(row.expiresAt) ? 'expired' : 'works',
          row.lastUsedAt?.toISOString().slice(0, 16) ?? 'never',
        ])
        const text =
          rows.length === 0 ? 'There are no keys.' : table([['KEY', 'NAME', 'RIGHTS', 'STATE', 'USED'], ...lines])
        return { data, text }
      }),
  )
  addCommand(
    keys,
    'revoke <prefix>',
    'The key opens nothing from now on',
    (command) => command,
    ([prefix = ''], { actor }) =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listApiKeys(db, { limit: 10_000, cursor: null })
        const row = rows.find((key) => key.prefix === prefix || key.id === prefix)
        if (row === undefined) {
          throw new CommandError(`There is no key "${prefix}"; "trellis keys list" shows them.`, {
            code: 'KEY_NOT_FOUND',
          })
        }
        await db.transaction((tx) => revokeApiKey(tx, { id: row.id, actor }))
        return {
          data: { id: row.id, prefix: row.prefix, revoked: true },
          text: `"${row.name}" opens nothing any more.`,
        }
      }),
  )
}

function createKey(name: string, options: CreateOptions) {
  const { scope, public: isPublic, expires, actor } = options
  const known: readonly string[] = [...listScopes(), everyScope]
  const unknown = scope.find((one) => !known.includes(one))
  if (unknown !== undefined || (scope.length === 0 && !isPublic)) {
    const what = unknown === undefined ? 'Name at least one right with --scope' : `There is no right "${unknown}"`
    throw new CommandError(`${what}; there are ${known.join(', ')}.`, { code: 'SCOPE_UNKNOWN' })
  }
  const expiresAt = expires === undefined ? null : new Date(`${expires}T23:59:59.999Z`)
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime())) {
    throw new CommandError(`--expires is "${expires ?? ''}"; write a day as YYYY-MM-DD.`, { code: 'DATE_INVALID' })
  }
  return withInstance(async ({ database: { db } }) => {
    const kind = isPublic ? ('public' as const) : ('secret' as const)
    const scopes = isPublic ? [ingestScope] : scope
    const { row, key } = await db.transaction((tx) => createApiKey(tx, { name, kind, scopes, expiresAt, actor }))
    return {
      data: { id: row.id, name, kind, prefix: row.prefix, scopes, key },
      text: `${key}\n\nStore it now: it is not shown again. It may: ${scopes.join(', ')}.`,
    }
  })
}

function isPast(at: Date | null): boolean {
  return at !== null && at.getTime() <= Date.now()
}
