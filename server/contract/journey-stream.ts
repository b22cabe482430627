/** What is told about one journey while somebody looks at it: server-sent events, one name each. */
import { z } from 'zod'
import { journeyStatuses } from '#engine/vocabulary.ts'
import { instantSchema } from './primitives.ts'

/** Somebody who may act: a person, a key, or whoever sits at this machine. */
const actorSchema = z.object({
  /** As in the audit log: `owner`, `user:<key>`, `key:<prefix>`. */
  actor: z.string(),
  name: z.string(),
})

/** The draft as it is saved. A page that edits an older revision must not save over it. */
const draftStateSchema = z.object({
  revision: z.int(),
  savedAt: instantSchema,
  /** Null when it is not known any more. */
  savedBy: actorSchema.nullable(),
})

/** What is live. */
const versionStateSchema = z.object({
  status: z.enum(journeyStatuses),
  /** Null until first published. */
  liveVersion: z.int().nullable(),
  publishedAt: instantSchema.nullable(),
  publishedBy: actorSchema.nullable(),
})

export const editorSchema = actorSchema.extend({
  /** One per open page, chosen by it: a person may have several. */
  tab: z.string(),
  /** The step they have selected; null = none. */
  step: z.string().nullable(),
  /** Whether they edit or only look. */
  mode: z.enum(['edit', 'look']),
  /** When they came to that step, or began to edit there. */
  since: instantSchema,
})
export type Editor = z.infer<typeof editorSchema>

/**
 * Every event of `GET /api/v1/journeys/{journey}/stream`, by name. Each carries the whole of what it tells about, the
 * present state first, so that nothing is lost with a connection. A client ignores names it does not know.
 */
export const journeyEvents = {
  draft: draftStateSchema,
  version: versionStateSchema,
  presence: z.object({ editors: z.array(editorSchema) }),
} as const satisfies Record<string, z.ZodType>
export type JourneyEventName = keyof typeof journeyEvents
export type JourneyEvent<Name extends JourneyEventName> = z.infer<(typeof journeyEvents)[Name]>

/** The stream of a journey by key or id. */
export function journeyStreamPath(journey: string): string {
  return `/api/v1/journeys/${encodeURIComponent(journey)}/stream`
}
/** The same as a template, as routes are written. */
export const journeyStreamRoute = '/api/v1/journeys/{journey}/stream'
