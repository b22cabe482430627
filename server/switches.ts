/** What keeps messages in, and whether the data is made up. */
import { eq } from 'drizzle-orm'
import type { Queryable } from '#db/client.ts'
import { readSwitches as readCompanySwitches } from '#db/repositories/company-switches.ts'
import { settings } from '#db/schema/library.ts'
import type { Switches } from './contract/status.ts'

/** The setting that the demo's seed writes (server/demo/seed.ts). */
const demoSetting = 'demo_seeded'

export async function readSwitches(db: Queryable): Promise<Switches> {
  const [switches, demo] = await Promise.all([
    readCompanySwitches(db),
    db.select({ value: settings.value }).from(settings).where(eq(settings.key, demoSetting)),
  ])
  const value = demo[0]?.value ?? false
  const { liveSending, hold, holdReason } = switches
  return { demo: value !== false && value !== null, liveSending, hold, holdReason }
}
