/** Who fills in a form, as far as they have proved it, and which of its questions need not be asked again. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client.ts'
import { findIdentities, identityKey, toIdentity } from '#db/repositories/identities.ts'
import { events } from '#db/schema/events.ts'
import { leads } from '#db/schema/leads.ts'
import type { FieldValue } from '#engine/facts.ts'
import { findField } from '#engine/fields.ts'
import type { Form, Library } from '#engine/library.ts'
import { builtInEvents } from '#engine/vocabulary.ts'

/**
 * `lead`: came by a personal link. `browser`: a browser that trellis.js knows by an id, with consent; who sits before it
 * has proved nothing. `stranger`: anybody. Typing an address proves nothing either: it tells whose submission it is, and
 * shows and changes nothing that is known.
 */
export type FormVisitor =
  | { kind: 'lead'; leadId: string; isTest: boolean }
  | { kind: 'browser'; anonymousId: string }
  | { kind: 'stranger' }

/** Submissions of one browser that are looked at; more never matter for what is asked next. */
const mostSubmissions = 200

/**
 * Ids of the form's questions that this visitor has answered. A lead: whatever it tells is known of it. A browser: what
 * was typed into this very browser, so that nobody learns what is known of somebody else. The address is always asked of
 * whoever has not come by a personal link: it says who they are.
 */
export async function knownQuestions(
  db: Queryable,
  form: Form,
  library: Library,
  visitor: FormVisitor,
): Promise<Set<string>> {
  const fields =
    visitor.kind === 'lead'
      ? await fieldsOfLead(db, visitor.leadId, library, form)
      : visitor.kind === 'browser'
        ? await fieldsTyped(db, visitor.anonymousId, library)
        : new Set<string>()
  const known = form.fields.filter(({ field }) => field !== undefined && fields.has(field))
  return new Set(known.filter(({ field }) => visitor.kind === 'lead' || field !== 'email').map(({ id }) => id))
}

/** Lead fields of this form that have a value. A flag that is off counts as not told. */
async function fieldsOfLead(db: Queryable, leadId: string, library: Library, form: Form): Promise<Set<string>> {
  const [row] = await db.select().from(leads).where(eq(leads.id, leadId))
  if (row === undefined) return new Set()
  return new Set(
    form.fields.flatMap(({ field }) => {
      const value = field === undefined ? null : valueOf(row, field, library)
      return field === undefined || value === null || value === '' || value === false ? [] : [field]
    }),
  )
}

/** A lead's field, wherever it is kept. */
export function valueOf(row: typeof leads.$inferSelect, key: string, library: Library): FieldValue {
  const field = findField(key, library)
  if (field === null) return null
  const columns: Readonly<Record<string, unknown>> = { ...row }
  const value = field.core === undefined ? row.fields[key] : columns[field.core.property]
  return (value ?? null) as FieldValue
}

/** Lead fields that this browser's own submissions filled. */
async function fieldsTyped(db: Queryable, anonymousId: string, library: Library): Promise<Set<string>> {
  const identity = toIdentity('anonymous_id', anonymousId)
  if (identity === null) return new Set()
  const leadId = (await findIdentities(db, [identity])).get(identityKey(identity))
  if (leadId === undefined) return new Set()
  const rows = await db
    .select({ properties: events.properties })
    .from(events)
    .where(
      and(
        eq(events.leadId, leadId),
        eq(events.type, builtInEvents.formSubmitted),
        sql`${events.properties} ->> 'anonymous_id' = ${identity.value}`,
      ),
    )
    .orderBy(desc(events.occurredAt))
    .limit(mostSubmissions)
  return new Set(
    rows.flatMap(({ properties }) => {
      const key = properties['form']
      const form = typeof key === 'string' && Object.hasOwn(library.forms, key) ? library.forms[key] : undefined
      return (form?.fields ?? []).flatMap(({ id, field }) =>
        field === undefined || !Object.hasOwn(properties, id) ? [] : [field],
      )
    }),
  )
}
