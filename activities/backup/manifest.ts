/** What a backup says about itself: `manifest.json` in its folder, written last, so that a folder with one is whole. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export const manifestName = 'manifest.json'

const manifestSchema = z.object({
  product: z.literal('trellis'),
  format: z.literal(1),
  /** Version of Trellis that wrote it. */
  version: z.string(),
  /** ISO 8601: all tables are as they stood at this one instant. */
  takenAt: z.iso.datetime(),
  /** Migrations its tables have had. */
  migrations: z.array(z.string()),
  tables: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      rows: z.int().min(0),
      /** Of the rows as COPY text, before compression. */
      sha256: z.string().length(64),
    }),
  ),
  /** Folders and files beside the tables, as copied from TRELLIS_HOME. */
  files: z.array(z.string()),
})
export type BackupManifest = z.infer<typeof manifestSchema>

/** Thrown for a backup that cannot be taken, read or restored; the message says what to do. */
export class BackupError extends Error {
  readonly code:
    | 'BACKUP_INCOMPLETE'
    | 'BACKUP_DAMAGED'
    | 'BACKUP_NEWER'
    | 'BACKUP_OLDER'
    | 'BACKUP_TARGET_EXISTS'
    | 'RESTORE_TARGET_IN_USE'

  constructor(code: BackupError['code'], message: string) {
    super(message)
    this.name = 'BackupError'
    this.code = code
  }
}

/** @throws {BackupError} BACKUP_INCOMPLETE when the folder holds no (readable) manifest. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => null)
  if (text === null) {
    throw new BackupError(
      'BACKUP_INCOMPLETE',
      `"${folder}" holds no ${manifestName}: it is no backup, or one that was not finished. Choose another folder.`,
    )
  }
  const result = manifestSchema.safeParse(parse(text))
  if (!result.success) {
    throw new BackupError('BACKUP_DAMAGED', `${manifestName} in "${folder}" cannot be read; the backup is damaged.`)
  }
  return result.data
}

/** Where a table's rows are. */
export function tableFile(folder: string, table: string): string {
  return join(folder, 'tables', `${table}.copy.gz`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
