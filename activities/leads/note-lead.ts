/** People note something about a lead: a word, a cue with its day, tags. One transaction each; journeys move at once. */
import type { Instant, Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Database, Transaction } from '#db/client.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { recordNotes } from '#db/repositories/notes.ts'
import { readCues, type Cue } from '#db/repositories/cues.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { transact } from '#db/transact.ts'
import type { Poker } from '../poker.ts'

export interface NoteDependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

export type NoteResult = { done: true } | { done: false; code: 'CUE_INVALID' | 'LEAD_NOT_FOUND'; message: string }

/** A plain note. */
export async function noteLead(
  deps: NoteDependencies,
  request: { leadId: string; body: string; actor: string },
): Promise<NoteResult> {
  const { leadId, body, actor } = request
  return inTransaction(deps, leadId, async (tx, library) => {
    const { noted, leadIds } = await recordNotes(tx, [{ leadId, body }], { library, actor, priority: 1 })
    if (noted > 0) await audit(tx, actor, leadId, 'lead.note', { length: body.length })
    return { noted, leadIds }
  })
}

/**
 * A cue of the catalogue, with the day it is about where it has one: the note, the event `cue_noted` and the lead's
 * field, at once. Repeating a cue is a new note: people say the same thing twice and mean it.
 */
export async function noteCue(
  deps: NoteDependencies,
  request: { leadId: string; cue: string; date?: string | undefined; body: string; actor: string },
): Promise<NoteResult> {
  const { leadId, date, body, actor } = request
  const cue = (await readCues(deps.db)).find(({ key }) => key === request.cue)
  const problem = checkCue(request.cue, cue, date)
  if (problem !== null || cue === undefined) return { done: false, code: 'CUE_INVALID', message: problem ?? '' }
  return inTransaction(deps, leadId, async (tx, library) => {
    const options = { library, actor, priority: 1 as const }
    const note = { leadId, body: body === '' ? cue.label : body, cue: cue.key, ...(date === undefined ? {} : { date }) }
    // The day first: a journey that the cue starts finds it.
    const fieldChange: LeadChange[] =
      cue.field === null || date === undefined ? [] : [{ kind: 'set_field', leadId, field: cue.field, value: date }]
    const changed = await applyLeadChanges(tx, fieldChange, options)
    const { noted, leadIds } = await recordNotes(tx, [note], options)
    if (noted === 0) return { noted, leadIds: [] }
    const properties = { cue: cue.key, ...(date === undefined ? {} : { date }) }
    const happened = await ingestEvents(
      tx,
      [{ lead: { id: leadId }, type: builtInEvents.cueNoted, properties }],
      options,
    )
    await audit(tx, actor, leadId, 'lead.cue', properties)
    return { noted, leadIds: [...changed.leadIds, ...leadIds, ...happened.leadIds] }
  })
}

/** Adds and takes away tags; those that are there, or not, already are no change. */
export async function changeTags(
  deps: NoteDependencies,
  request: { leadId: string; add: readonly string[]; remove: readonly string[]; actor: string; at?: Instant },
): Promise<NoteResult> {
  const { leadId, add, remove, actor } = request
  return inTransaction(deps, leadId, async (tx, library) => {
    const changes: LeadChange[] = [
      ...add.map((tag) => ({ kind: 'add_tag' as const, leadId, tag })),
      ...remove.map((tag) => ({ kind: 'remove_tag' as const, leadId, tag })),
    ]
    const { leadIds, refused } = await applyLeadChanges(tx, changes, { library, actor, priority: 1 })
    if (refused.length === 0) await audit(tx, actor, leadId, 'lead.tags', { add: [...add], remove: [...remove] })
    return { noted: changes.length === 0 ? 1 : changes.length - refused.length, leadIds }
  })
}

function checkCue(key: string, cue: Cue | undefined, date: string | undefined): string | null {
  if (cue === undefined) return `There is no cue "${key}"; choose one of the catalogue.`
  if (cue.date === 'required' && date === undefined) return `"${cue.label}" needs a day; say which.`
  if (cue.date === 'none' && date !== undefined) return `"${cue.label}" takes no day; leave "${date}" out.`
  return null
}

async function inTransaction(
  { db, poker, library }: NoteDependencies,
  leadId: string,
  write: (tx: Transaction, library: Library) => Promise<{ noted: number; leadIds: string[] }>,
): Promise<NoteResult> {
  const shared = await library()
  const { noted, leadIds } = await transact(db, (tx) => write(tx, shared))
  if (noted === 0) return { done: false, code: 'LEAD_NOT_FOUND', message: `There is no lead "${leadId}" any more.` }
  await poker.poke([...new Set(leadIds)], { priority: 1 })
  return { done: true }
}

async function audit(
  tx: Transaction,
  actor: string,
  leadId: string,
  action: string,
  after: Record<string, Json>,
): Promise<void> {
  await tx.insert(auditLog).values({ actor, action, subjectKind: 'lead', subjectId: leadId, after })
}
