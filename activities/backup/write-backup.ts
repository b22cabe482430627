/** Writes everything Trellis knows into a folder, as it stands at one instant, while it goes on working. */
import { createWriteStream } from 'node:fs'
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { DatabaseHandle } from '#db/client.ts'
import { appliedMigrations, listTables, readTable } from '#db/backup-tables.ts'
import { BackupError, manifestName, tableFile, type BackupManifest } from './manifest.ts'
import { createRowMeter } from './row-meter.ts'

export interface BackupRequest {
  /** The new folder; only its owner may read it, since it holds personal data. */
  folder: string
  /** Files and folders to take along, by the name they get under `files/`; absent ones are left out. */
  files: Readonly<Record<string, string>>
  /** Of Trellis. */
  version: string
  onProgress?: (table: string, done: number, of: number) => void
}

/**
 * All tables in one read-only snapshot, each compressed with its checksum. The folder appears under its name only when it
 * is whole; a failure leaves nothing behind.
 *
 * @throws {BackupError} BACKUP_TARGET_EXISTS when something is already there.
 */
export async function writeBackup({ sql }: DatabaseHandle, request: BackupRequest): Promise<BackupManifest> {
  const { folder, files, version } = request
  if (await exists(folder)) {
    throw new BackupError('BACKUP_TARGET_EXISTS', `"${folder}" exists already; name a new folder for the backup.`)
  }
  const draft = join(dirname(folder), `.${basename(folder)}.${String(process.pid)}.part`)
  await mkdir(join(draft, 'tables'), { recursive: true, mode: 0o700 })
  try {
    const manifest = await sql.begin(
      'isolation level repeatable read read only',
      async (tx): Promise<BackupManifest> => {
        const [instant] = await tx<{ at: string }[]>`
        select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`
        const migrations = await appliedMigrations(tx)
        const tables = await listTables(tx)
        const written: BackupManifest['tables'] = []
        for (const [index, table] of tables.entries()) {
          request.onProgress?.(table.name, index, tables.length)
          const meter = createRowMeter()
          const file = createWriteStream(tableFile(draft, table.name), { mode: 0o600 })
          await pipeline(readTable(tx, table), meter.stream, createGzip({ level: 6 }), file)
          written.push({ ...table, rows: meter.rows(), sha256: meter.sha256() })
        }
        return {
          product: 'trellis',
          format: 1,
          version,
          takenAt: instant?.at ?? '',
          migrations,
          tables: written,
          files: [],
        }
      },
    )
    for (const [name, source] of Object.entries(files)) {
      if (!(await exists(source))) continue
      await cp(source, join(draft, 'files', name), { recursive: true })
      manifest.files.push(name)
    }
    await writeFile(join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    await rename(draft, folder)
    return manifest
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
