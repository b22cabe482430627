/** The demo's invented colleagues, their queue, and the cues they note. Their addresses end in `.example` (RFC 2606). */
import type { Database } from '#db/client.ts'
import { saveCues } from '#db/repositories/cues.ts'
import { findQueue, savePerson, saveQueue, type PersonValues } from '#db/repositories/people.ts'
import { calendarSchema } from '#engine/graph/schema.ts'

const colleagues: [key: string, name: string, values: Partial<PersonValues>][] = [
  ['maria', 'Maria Santos', { role: 'sales', zone: 'Europe/London', capacity: 60, manager: 'helen' }],
  ['tom', 'Tom Okafor', { role: 'sales', zone: 'Europe/London', capacity: 60, manager: 'helen' }],
  ['jin', 'Jin Park', { role: 'sales', zone: 'Europe/Berlin', capacity: 40, manager: 'helen' }],
  ['helen', 'Helen Moreau', { role: 'marketing', zone: 'Europe/London' }],
]

/** Adds them, once: whoever has set up a sales queue keeps it. */
export async function seedColleagues(db: Database, actor: string): Promise<void> {
  await db.transaction(async (tx) => {
    if ((await findQueue(tx, 'sales')) !== null) return
    for (const [key, name, values] of colleagues.toReversed()) {
      const person: PersonValues = {
        name,
        email: `${key}@harbour-analytics.example`,
        role: 'sales',
        zone: 'UTC',
        workingHours: null,
        capacity: null,
        absences: [],
        manager: null,
        phone: null,
        active: true,
        notifications: { email: true, webhookUrl: null },
        ...values,
      }
      await savePerson(tx, key, person, actor)
    }
    const members = ['maria', 'tom', 'jin']
    const rule = 'round_robin' as const
    const hours = calendarSchema.parse({})
    await saveQueue(tx, 'sales', { name: 'Sales', members, rule, choosing: true, hours, zone: 'Europe/London' }, actor)
    await saveCues(
      tx,
      [
        { key: 'call-later', label: 'Call me later', date: 'required', field: null },
        { key: 'has-budget', label: 'Has a budget now', date: 'none', field: null },
        { key: 'new-contact', label: 'Somebody else decides', date: 'none', field: null },
      ],
      actor,
    )
  })
}
