/** Shapes that several resources share. */
import { z } from 'zod'

/** Any JSON. One schema for all uses, so that the reference has one `Json`. */
export const jsonSchema = z.json()

/** A row id. */
export const idSchema = z.guid('Ids are UUIDs, for example 019a0000-0000-7000-8000-000000000000.')

/** An instant: ISO 8601 in UTC with milliseconds, for example `2026-11-22T09:00:00.000Z`. */
export const instantSchema = z.iso.datetime()

/** An instant in a request; any offset is accepted. */
export const givenInstantSchema = z.iso.datetime({ offset: true })

export const idParams = z.strictObject({ id: idSchema })

/** Whole numbers in a query string. */
export const limitSchema = z.coerce
  .number({ error: 'Write a whole number from 1 to 200.' })
  .int()
  .min(1)
  .max(200)
  .default(50)

/** Where the next page begins; opaque, from `nextCursor` of the page before. */
export const cursorSchema = z.string().min(1).max(300)

/** Paging of every list: by key, so that rows which arrive meanwhile neither repeat nor hide others. */
export const pageQuery = { limit: limitSchema, cursor: cursorSchema.optional() }

/** One page of a list, newest first. `nextCursor` is null on the last. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}

/** A write that will be applied by the lead's own workflow; the stream and the timeline show when it was. */
export const acceptedSchema = z.object({ accepted: z.literal(true) })

/** Makes a repeat of a write harmless: the same key does it once. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'An idempotency key is 1 to 200 visible ASCII characters.')
    .optional(),
})

/** The smallest description of a lead, to name it in lists. */
export const leadNameSchema = z.object({
  id: idSchema,
  /** First and last name, else the e-mail address, else `Lead` and the start of its id. */
  name: z.string(),
  email: z.string().nullable(),
  isTest: z.boolean(),
})

/**
 * What time it is for the lead: now, but for test leads, whose clock may run fast. Compare the lead's instants with this.
 */
export const leadNowSchema = z.iso.datetime()

/** The journey a row belongs to. */
export const journeyNameSchema = z.object({ id: idSchema, key: z.string(), name: z.string() })

/** A step by the id of its node and the name its author gave it. */
export const stepNameSchema = z.object({ id: z.string(), name: z.string() })
