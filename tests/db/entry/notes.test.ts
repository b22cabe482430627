import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { recordNotes } from '#db/repositories/notes.ts'
import { leadNotes } from '#db/schema/leads.ts'
import { aLibrary, aLiveJourney, entriesInto, someLeads, takeInputs, useDatabase } from './entry-database.ts'

const db = useDatabase()

test('a note is kept with who wrote it; its cue lets the lead in, once per note', async () => {
  const journeyId = await aLiveJourney(db(), [{ kind: 'cue', cue: 'spring' }])
  const [one = '', two = ''] = await someLeads(db(), [{}, {}])
  const note = (notes: { leadId: string; body: string; cue?: string }[]) =>
    db().transaction((tx) => recordNotes(tx, notes, { library: aLibrary(), actor: 'user:ann' }))
  const result = await note([
    { leadId: one, body: 'Call me in spring, please.', cue: 'spring' },
    { leadId: two, body: 'Prefers mornings.' },
    { leadId: two, body: 'Winter\u0000 only.', cue: 'winter' },
    { leadId: '00000000-0000-7000-8000-000000000000', body: 'Nobody.', cue: 'spring' },
  ])
  expect(result).toEqual({ leadIds: [one], inputs: 1, noted: 3 })
  expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${one} t1`])
  const kept = await db().select().from(leadNotes).where(eq(leadNotes.leadId, two))
  expect(kept.map((row) => [row.body, row.cue, row.actor])).toEqual([
    ['Prefers mornings.', null, 'user:ann'],
    ['Winter only.', 'winter', 'user:ann'],
  ])
  await note([{ leadId: one, body: 'Again.', cue: 'spring' }])
  expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${one} t1`])
})
