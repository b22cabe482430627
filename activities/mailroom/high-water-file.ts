/**
 * Notices that Postgres was restored from a backup: how far sending had come is also kept in a small file outside it. A
 * restored database would send again what it has forgotten sending, so it is held until a person has looked.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '#db/client.ts'
import { ensureHighWater, raiseHighWaterTo, setHold, type HighWater } from '#db/repositories/company-switches.ts'

export interface HighWaterFile {
  /** The mark kept outside Postgres; null when there is none (or it cannot be read). */
  read(): Promise<HighWater | null>
  /** Keeps a mark, never a lower one of the same database. Resolves when it is on file. */
  save(mark: HighWater): Promise<void>
}

/** The file `high-water.json` in TRELLIS_HOME. Writers of one process wait for each other. */
export function createHighWaterFile(home: string): HighWaterFile {
  const path = join(home, 'high-water.json')
  const draft = join(home, `high-water.${String(process.pid)}.tmp`)
  let last: Promise<void> = Promise.resolve()

  const read = async (): Promise<HighWater | null> => {
    try {
      const value: unknown = JSON.parse(await readFile(path, 'utf8'))
      if (typeof value !== 'object' || value === null) return null
      const { databaseId, mark } = value as Partial<HighWater>
      return typeof databaseId === 'string' && typeof mark === 'number' ? { databaseId, mark } : null
    } catch {
      return null
    }
  }
  const write = async (next: HighWater): Promise<void> => {
    const kept = await read()
    if (kept !== null && kept.databaseId === next.databaseId && kept.mark >= next.mark) return
    await mkdir(home, { recursive: true })
    await writeFile(draft, `${JSON.stringify(next)}\n`)
    await rename(draft, path)
  }
  return {
    read,
    save(next) {
      const before = last
      const written = (async () => {
        await before
        await write(next)
      })()
      last = written.catch(() => undefined)
      return written
    },
  }
}

/**
 * To be asked when a worker starts, before its mailroom: when Postgres is behind the file, turns the hold on and says by
 * how many batches. Null when all is well, or when it is another database altogether. Asking again changes nothing: the
 * mark moves up with the hold, so that releasing it is the last word.
 */
export async function detectRestore(db: Database, file: HighWaterFile): Promise<{ behindBy: number } | null> {
  const [kept, present] = [await file.read(), await ensureHighWater(db)]
  if (kept === null || kept.databaseId !== present.databaseId || kept.mark <= present.mark) {
    await file.save(present)
    return null
  }
  const behindBy = kept.mark - present.mark
  await db.transaction(async (tx) => {
    await setHold(tx, {
      on: true,
      reason: `The database is ${String(behindBy)} batches of messages behind what was sent: it seems to have been restored from a backup.`,
      actor: 'system',
    })
    await raiseHighWaterTo(tx, kept.mark)
  })
  return { behindBy }
}
