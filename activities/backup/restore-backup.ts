/** Brings a backup back: all of it or nothing, and on hold, because the world has gone on since it was taken. */
import { createReadStream } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Writable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { DatabaseHandle } from '#db/client.ts'
import {
  advanceSequences,
  emptyTables,
  fillTable,
  holdRestored,
  knownMigrations,
  listTables,
  wakeTriggers,
  type BackupConnection,
  type BackupTable,
} from '#db/backup-tables.ts'
import { BackupError, readManifest, tableFile, type BackupManifest } from './manifest.ts'
import { createRowMeter } from './row-meter.ts'

/** Reads every table of a backup and compares counts and checksums. @throws {BackupError} BACKUP_DAMAGED */
export async function verifyBackup(folder: string): Promise<BackupManifest> {
  const manifest = await readManifest(folder)
  for (const table of manifest.tables) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    await pour(folder, table, nowhere)
  }
  return manifest
}

export interface RestoreRequest {
  folder: string
  /** Where each of the backup's `files/` goes, by name; those not named stay in the backup. */
  files: Readonly<Record<string, string>>
  /** What is there now is thrown away. Without it only an installation without leads is filled. */
  replace: boolean
  actor: string
  onProgress?: (table: string, done: number, of: number) => void
}

/**
 * Replaces everything in one transaction, so that processes at work see either all of the old or all of the new, and turns
 * the hold on in it: nothing goes out to real leads until a person has looked at `trellis hold show`. Waiting leads go on
 * by themselves when something is due for them.
 *
 * @throws {BackupError} BACKUP_NEWER, BACKUP_OLDER when it is of another schema; RESTORE_TARGET_IN_USE; BACKUP_DAMAGED.
 */
export async function restoreBackup({ sql }: DatabaseHandle, request: RestoreRequest): Promise<BackupManifest> {
  const { folder, files, replace, actor } = request
  const manifest = await readManifest(folder)
  requireSameSchema(manifest)
  await sql.begin(async (tx) => {
    const [present] = await tx<{ leads: boolean }[]>`select exists (select 1 from leads) as leads`
    if (present?.leads === true && !replace) {
      throw new BackupError(
        'RESTORE_TARGET_IN_USE',
        'There are leads here already. Restoring would throw them away; say --replace if that is what you want.',
      )
    }
    const tables = await listTables(tx)
    await emptyTables(tx, tables)
    for (const [index, table] of tables.entries()) {
      request.onProgress?.(table.name, index, tables.length)
      const kept = manifest.tables.find(({ name }) => name === table.name)
      if (kept !== undefined) await pour(folder, kept, await fillTable(tx, kept))
      if (kept !== undefined) await requireRows(tx, kept)
    }
    await wakeTriggers(tx, tables)
    await advanceSequences(tx)
    const reason = `Restored from the backup of ${manifest.takenAt}: see what would go out, then release the hold.`
    await holdRestored(tx, { reason, actor })
  })
  for (const name of manifest.files) {
    const target = files[name]
    if (target === undefined) continue
    await mkdir(dirname(target), { recursive: true })
    await cp(join(folder, 'files', name), target, { recursive: true })
  }
  return manifest
}

function requireSameSchema({ migrations, version }: BackupManifest): void {
  const known = knownMigrations()
  const unknown = migrations.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new BackupError(
      'BACKUP_NEWER',
      `The backup is of a newer version (${version}), which has "${unknown.join('", "')}". Restore it with that version.`,
    )
  }
  const missing = known.filter((name) => !migrations.includes(name))
  if (missing.length > 0) {
    throw new BackupError(
      'BACKUP_OLDER',
      `The backup is of an older version (${version}), without "${missing.join('", "')}". Restore it with that version, ` +
        'then upgrade: a start of the newer version brings the tables up to date.',
    )
  }
}

/** Sends a table's rows to `into`, and refuses them when they are not the ones that were written. */
async function pour(folder: string, table: BackupManifest['tables'][number], into: Writable): Promise<void> {
  const meter = createRowMeter()
  const damaged = (what: string): BackupError =>
    new BackupError('BACKUP_DAMAGED', `The rows of "${table.name}" ${what}; the backup is damaged. Take another one.`)
  const source = createReadStream(tableFile(folder, table.name))
  await pipeline(source, createGunzip(), meter.stream, into).catch((error: unknown) => {
    const { code = '' } = error as { code?: string }
    throw code === 'ENOENT' || code.startsWith('Z_') ? damaged(`cannot be read (${code})`) : error
  })
  if (meter.sha256() !== table.sha256) throw damaged('are not those that were written')
}

async function requireRows(tx: BackupConnection, table: BackupTable & { rows: number }): Promise<void> {
  const [row] = await tx<{ count: number }[]>`select count(*)::int as count from ${tx(table.name)}`
  if (row?.count !== table.rows) {
    throw new BackupError(
      'BACKUP_DAMAGED',
      `"${table.name}" should have ${String(table.rows)} rows and got ${String(row?.count ?? 0)}; nothing was changed.`,
    )
  }
}
