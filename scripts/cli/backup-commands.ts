import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { BackupError, type BackupManifest } from '#activities/backup/manifest.ts'
import { restoreBackup, verifyBackup } from '#activities/backup/restore-backup.ts'
import { writeBackup } from '#activities/backup/write-backup.ts'
import { loadConfig } from '#server/config.ts'
import { addCommand, CommandError } from './command.ts'
import { withInstance } from './instance.ts'

/** `trellis backup FOLDER`, `trellis restore FOLDER`. */
export function addBackupCommands(program: Command): void {
  addCommand<{ check: boolean }>(
    program,
    'backup <folder>',
    'Write everything Trellis knows into a new folder, while it goes on working',
    (command) => command.option('--check', 'read an existing backup instead, and compare its checksums', false),
    ([folder = ''], { check }) =>
      inWords(async () => {
        const path = resolve(folder)
        if (check) return describe(await verifyBackup(path), 'The backup is whole')
        return withInstance(async ({ database }) => {
          const files = keptFiles()
          return describe(
            await writeBackup(database, { folder: path, files, version: version(), onProgress }),
            'Written',
          )
        })
      }),
  )
  addCommand<{ replace: boolean }>(
    program,
    'restore <folder>',
    'Bring a backup back, on hold: nothing goes out until a person releases it',
    (command) => command.option('--replace', 'throw away what is here now', false),
    ([folder = ''], { replace, actor }) =>
      inWords(() =>
        withInstance(async ({ database }) => {
          const request = { folder: resolve(folder), files: keptFiles(), replace, actor, onProgress }
          const { data, text } = describe(await restoreBackup(database, request), 'Restored')
          return {
            data,
            text: `${text}\nOn hold: look at "trellis hold show", then release it with "trellis hold off".`,
          }
        }),
      ),
  )
}

/** What belongs to an installation beside its database, by the name it has in a backup. */
function keptFiles(): Record<string, string> {
  const { home, secret } = loadConfig()
  // Without the secret, links in mails already sent (unsubscribe!) would stop working.
  return { files: join(home, 'files'), ...(secret === undefined ? { secret: join(home, 'secret') } : {}) }
}

function describe(manifest: BackupManifest, what: string): { data: unknown; text: string } {
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  const leads = manifest.tables.find(({ name }) => name === 'leads')?.rows ?? 0
  const { takenAt, tables } = manifest
  return {
    data: { takenAt, version: manifest.version, leads, rows, tables: tables.length, files: manifest.files },
    text: `${what}: ${String(leads)} leads, ${String(rows)} rows of ${String(tables.length)} tables, as of ${takenAt}.`,
  }
}

function onProgress(table: string, done: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${String(done + 1)} of ${String(of)}: ${table}`)
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

async function inWords<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BackupError) throw new CommandError(error.message, { code: error.code, cause: error })
    throw error
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  }
}
