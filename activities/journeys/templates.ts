/** Journeys to begin with: those that come with Trellis (the files of examples/journeys), and those that people keep. */
import { readdirSync, readFileSync } from 'node:fs'
import { asc, eq, sql } from 'drizzle-orm'
import type { Database, Queryable, Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { auditJourney } from '#db/repositories/journeys.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { journeyTemplates } from '#db/schema/templates.ts'
import { transact } from '#db/transact.ts'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import { JourneyNotFound } from './errors.ts'
import { exportJourney } from './journey-files.ts'

const folder = new URL('../../examples/journeys/', import.meta.url)

/** In the order of their file names. A file that this version cannot read is left out. */
export function readJourneyTemplates(): JourneyFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => {
      const { file } = parseJourneyFile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
      return file === null ? [] : [file]
    })
}

export type TemplateRow = typeof journeyTemplates.$inferSelect

/** Nobody looks through more, and each is drawn for the gallery. */
const mostTemplates = 200

/** Those that people keep, by name. */
export function readSavedTemplates(db: Queryable): Promise<TemplateRow[]> {
  return db.select().from(journeyTemplates).orderBy(asc(journeyTemplates.name))
}

export interface NewTemplate {
  /** Key or id of the journey; its draft is what is kept. */
  journey: string
  name: string
  description: string
  /** Take the place of the one that is called so. */
  replaces: boolean
}

/**
 * Keeps a copy of a journey's draft, with what it uses, to begin others with. Later changes of the journey do not change it.
 *
 * @throws {JourneyNotFound} @throws {TemplateRefused} when one is called so and `replaces` is not set, or there are too many.
 */
export async function saveTemplate(
  db: Database,
  { journey, name, description, replaces }: NewTemplate,
  actor: string,
): Promise<TemplateRow> {
  return transact(db, async (tx) => {
    const found = await findJourney(tx, journey)
    if (found === null) throw new JourneyNotFound(journey)
    const file = { ...(await exportJourney(tx, found.id)), name, description }
    await refuseTooMany(tx, name)
    const given = { file, savedBy: actor, savedAt: new Date() }
    const insert = tx.insert(journeyTemplates).values({ id: newId(), name, ...given })
    const [row] = await (
      replaces
        ? insert.onConflictDoUpdate({ target: journeyTemplates.name, set: given })
        : insert.onConflictDoNothing({ target: journeyTemplates.name })
    ).returning()
    if (row === undefined) {
      throw new TemplateRefused(
        `There is a template "${name}" already; give this one another name, or replace that one.`,
      )
    }
    await auditJourney(tx, { actor, action: 'save_template', journeyId: found.id, after: { id: row.id, name } })
    return row
  })
}

async function refuseTooMany(tx: Transaction, name: string): Promise<void> {
  const [present] = await tx
    .select({ others: sql<number>`count(*) filter (where ${journeyTemplates.name} <> ${name})`.mapWith(Number) })
    .from(journeyTemplates)
  if ((present?.others ?? 0) < mostTemplates) return
  throw new TemplateRefused(`There are ${String(mostTemplates)} templates, the most there may be; remove one first.`)
}

/** False when there is no such template. Journeys that were begun with it stay as they are. */
export async function removeTemplate(db: Database, id: string, actor: string): Promise<boolean> {
  return transact(db, async (tx) => {
    const [row] = await tx.delete(journeyTemplates).where(eq(journeyTemplates.id, id)).returning()
    if (row === undefined) return false
    await tx.insert(auditLog).values({
      actor,
      action: 'journey.remove_template',
      subjectKind: 'journey_template',
      subjectId: id,
      before: { name: row.name },
    })
    return true
  })
}

/** Thrown when a template cannot be kept. */
export class TemplateRefused extends Error {
  readonly code = 'TEMPLATE_REFUSED'

  constructor(message: string) {
    super(message)
    this.name = 'TemplateRefused'
  }
}
