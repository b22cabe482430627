/** What trackers may tell: which traits fill which fields, and which websites may send events from a visitor's browser. */
import { eq, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client.ts'
import { settings } from '#db/schema/library.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { Json } from '#engine/facts.ts'
import { findField } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { preferenceFields } from '#engine/preferences.ts'

export interface IngestSettings {
  /** Origins such as `https://www.example.com` whose pages may send events with a public key. */
  origins: string[]
  /** Trait, nested ones with dots (`address.city`), → field key. */
  traits: Record<string, string>
}

const key = 'ingest'
const unknownKey = 'ingest_unknown_traits'
const mostUnknown = 200

/** Segment's reserved traits (https://segment.com/docs/connections/spec/identify/#traits) and the fields they fill. */
export const standardTraits: Readonly<Record<string, string>> = {
  email: 'email',
  phone: 'phone',
  firstName: 'first_name',
  lastName: 'last_name',
  company: 'company',
  'company.name': 'company',
  title: 'title',
  'address.street': 'address_line1',
  'address.city': 'city',
  'address.state': 'region',
  'address.postalCode': 'postal_code',
  'address.country': 'country',
  language: 'language',
  locale: 'language',
  timezone: 'zone',
}

/** What a website says about itself is never believed for these: who may be written to, and about what, is for the lead to say. */
const untouchable: ReadonlySet<string> = new Set([
  'do_not_email',
  'do_not_mail',
  'do_not_call',
  'objected',
  'owner_id',
  'screening',
  ...Object.values(preferenceFields),
])

/** True when a tracker may fill the field. */
export function isFillable(field: string, library: Library): boolean {
  const found = findField(field, library)
  return found !== null && !found.readOnly && !untouchable.has(field)
}

export async function readIngestSettings(db: Queryable): Promise<IngestSettings> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, key))
  const { origins = [], traits = {} } = (row?.value ?? {}) as Partial<IngestSettings>
  return { origins, traits }
}

/** Call in a transaction; audited. */
export async function saveIngestSettings(tx: Queryable, value: IngestSettings, actor: string): Promise<void> {
  const before = await readIngestSettings(tx)
  await put(tx, key, toJson(value))
  await tx.insert(auditLog).values({
    actor,
    action: 'ingest.settings',
    subjectKind: 'settings',
    subjectId: key,
    before: toJson(before),
    after: toJson(value),
  })
}

/** Traits that came and fill nothing, by name: so that a person can map them. */
export async function readUnknownTraits(db: Queryable): Promise<string[]> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, unknownKey))
  return (row?.value as string[] | undefined) ?? []
}

/** Adds names, up to 200 in all: whoever sends made-up ones fills no table. */
export async function noteUnknownTraits(db: Queryable, names: readonly string[]): Promise<void> {
  const known = await readUnknownTraits(db)
  const all = [...new Set([...known, ...names.map((name) => name.slice(0, 100))])].slice(0, mostUnknown)
  if (all.length > known.length) await put(db, unknownKey, all)
}

async function put(db: Queryable, name: string, value: Json): Promise<void> {
  await db
    .insert(settings)
    .values({ key: name, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
