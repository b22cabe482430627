import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { saveResources } from '#db/repositories/library-writes.ts'
import { tellRestingPage } from '#db/repositories/resting-leads.ts'
import { aLiveJourney, aWaitingEnrollment, someLeads, takeInputs, useDatabase } from './entry-database.ts'

const db = useDatabase()

const save = (city: string) =>
  db().transaction((tx) =>
    saveResources(tx, {
      segments: [{ key: 'near', name: 'Near', rule: { kind: 'compare', field: 'city', op: 'is', value: city } }],
    }),
  )
const page = () => db().transaction((tx) => tellRestingPage(tx, 2))

/** As if the rule had been changed this long ago. */
const age = (seconds: number) =>
  db().execute(
    sql`update segments set telling = jsonb_set(telling, '{since}', to_jsonb((telling->>'since')::float8 - ${seconds * 1000}))`,
  )

test('pages go on where the last one ended, and once more for those who began to rest meanwhile', async () => {
  await save('Kiel')
  const journeyId = await aLiveJourney(db(), [])
  const leads = (await someLeads(db(), [{}, {}, {}, {}])).sort()
  const rest = (leadId: string | undefined, dependsOn: string[]) =>
    aWaitingEnrollment(db(), leadId ?? '', journeyId, dependsOn)
  for (const lead of leads.slice(0, 3)) await rest(lead, ['segment:near'])
  await rest(leads[3], ['segment:nearby'])
  await db().execute(sql`update enrollments set updated_at = now() - interval '1 hour'`)
  await takeInputs(db())

  expect(await page()).toEqual({ leadIds: [], isMore: false })
  await save('Ulm')
  expect(await page()).toEqual({ leadIds: leads.slice(0, 2), isMore: true })
  expect(await page()).toEqual({ leadIds: leads.slice(2, 3), isMore: true })
  expect((await takeInputs(db())).map(({ leadId, kind }) => [leadId, kind])).toEqual(
    leads.slice(0, 3).map((leadId) => [leadId, 'fact']),
  )
  // A turn that was under way lets its lead rest on the old rule.
  await rest(leads[3], ['segment:near'])
  expect(await page()).toEqual({ leadIds: [], isMore: false })
  await age(61)
  await db().execute(sql`update enrollments set updated_at = now() - interval '61 seconds' where lead_id = ${leads[3]}`)
  expect(await page()).toEqual({ leadIds: leads.slice(3), isMore: true })
  expect(await page()).toEqual({ leadIds: [], isMore: false })

  // The same rule and another name: nothing to tell. Another rule: from the beginning.
  await save('Ulm')
  expect(await page()).toEqual({ leadIds: [], isMore: false })
  await save('Bonn')
  expect(await page()).toEqual({ leadIds: leads.slice(0, 2), isMore: true })
})
