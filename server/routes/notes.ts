import { changeTags as tag, noteCue, noteLead, type NoteResult } from '#activities/leads/note-lead.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { readCues, saveCues as writeCues } from '#db/repositories/cues.ts'
import { readLeadExtras } from '#db/repositories/lead-reads.ts'
import { listNoteRows } from '#db/repositories/notes.ts'
import { findField } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { addCue, addNote, changeTags, listCues, listNotes, saveCues } from '../contract/notes.ts'
import { toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireLead } from './leads.ts'

export function noteRoutes(deps: { db: Database; poker: Poker; library: () => Promise<Library> }): Implementation[] {
  const { db, library } = deps
  return [
    implement(listCues, async () => ok({ items: await readCues(db) })),

    implement(saveCues, async ({ body: { items } }, { actor }) => {
      const keys = items.map(({ key }) => key)
      const twice = keys.find((key, index) => keys.indexOf(key) !== index)
      if (twice !== undefined) throw new HttpProblem('CUE_INVALID', `The cue "${twice}" is there twice; keep one.`)
      const shared = await library()
      for (const { key, field, date } of items) {
        if (field === null) continue
        const known = findField(field, shared)
        if (known?.type !== 'date')
          throw new HttpProblem('CUE_INVALID', `"${field}" of the cue "${key}" is no lead field of type date.`)
        if (date === 'none')
          throw new HttpProblem('CUE_INVALID', `The cue "${key}" has a field but takes no day; let it take one.`)
      }
      await db.transaction((tx) => writeCues(tx, items, actor))
      return ok({ items })
    }),

    implement(listNotes, async ({ params }) => {
      const lead = await requireLead(db, params.id)
      const [rows, cues] = await Promise.all([listNoteRows(db, lead.id), readCues(db)])
      const labels = new Map(cues.map(({ key, label }) => [key, label]))
      return ok({
        items: rows.map(({ id, cue, cueDate, body, actor, createdAt }) => ({
          id: String(id),
          cue: cue === null ? null : { key: cue, label: labels.get(cue) ?? cue },
          date: cueDate,
          body,
          actor,
          at: toInstant(createdAt),
        })),
      })
    }),

    implement(addNote, async ({ params, body }, { actor }) => {
      const lead = await requireLead(db, params.id)
      refuse(await noteLead(deps, { leadId: lead.id, body: body.body, actor }))
      return reply(201, { leadId: lead.id })
    }),

    implement(addCue, async ({ params, body: { cue, date, body } }, { actor }) => {
      const lead = await requireLead(db, params.id)
      refuse(await noteCue(deps, { leadId: lead.id, cue, date, body, actor }))
      return reply(201, { leadId: lead.id })
    }),

    implement(changeTags, async ({ params, body: { add, remove } }, { actor }) => {
      const lead = await requireLead(db, params.id)
      refuse(await tag(deps, { leadId: lead.id, add, remove, actor }))
      return ok({ leadId: lead.id, tags: (await readLeadExtras(db, lead.id)).tags })
    }),
  ]
}

function refuse(result: NoteResult): void {
  if (!result.done) throw new HttpProblem(result.code, result.message)
}
