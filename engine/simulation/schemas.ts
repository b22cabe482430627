/** A rehearsal's input as JSON from outside: what test cases keep and the API takes. */
import { z } from 'zod'
import type { Facts, Json } from '../facts.ts'
import {
  attentions,
  channels,
  consentBases,
  contactChannels,
  deliveryStatuses,
  enrollmentStatuses,
  purposes,
  stages,
} from '../vocabulary.ts'
import type { Assumptions, Happening, SimulatedEntry, WorldAct } from './types.ts'

/** JSON in facts and happenings: texts have an end. One schema, so that the reference has it once. */
export const factsJsonSchema: z.ZodType<Json> = z.lazy(() =>
  z.union([
    z.string().max(20_000),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(factsJsonSchema),
    z.record(z.string(), factsJsonSchema),
  ]),
)
const instant = z.int().min(-62_135_596_800_000).max(253_402_300_799_999)
const key = z.string().min(1).max(200)
const fieldValue = z.union([
  z.string().max(20_000),
  z.number(),
  z.boolean(),
  z.array(z.string().max(2000)).max(1000),
  z.null(),
])

/** `Facts` as JSON, without an enrollment's own rows. */
export const factsSchema = z.object({
  leadId: z.string().min(1).max(100),
  fields: z.record(z.string().max(100), fieldValue),
  stage: z.enum(stages),
  attention: z.enum(attentions),
  score: z.number(),
  zone: z.string().max(100).nullable(),
  isTest: z.boolean(),
  erased: z.boolean(),
  tags: z.record(z.string(), instant),
  events: z.record(
    z.string(),
    z
      .array(z.object({ type: z.string(), occurredAt: instant, properties: z.record(z.string(), factsJsonSchema) }))
      .max(1000),
  ),
  totals: z.record(z.string(), z.object({ count: z.int(), firstAt: instant, lastAt: instant })),
  answers: z.record(z.string(), z.record(z.string(), z.object({ value: factsJsonSchema, at: instant }))),
  received: z.record(z.string(), instant),
  deliveries: z
    .array(
      z.object({
        channel: z.enum(channels),
        purpose: z.enum(purposes),
        status: z.enum(deliveryStatuses),
        countedAt: instant,
        assetLineage: z.string().nullable(),
      }),
    )
    .max(5000),
  consents: z.record(
    z.string(),
    z.object({
      state: z.enum(['granted', 'denied']),
      at: instant,
      expiresAt: instant.nullable(),
      basis: z.enum(consentBases).exactOptional(),
    }),
  ),
  suppressed: z.partialRecord(z.enum(contactChannels), z.object({ at: instant, reason: z.string() })),
  doNot: z.object({ email: z.boolean(), postcard: z.boolean(), phone: z.boolean() }),
  callLists: z
    .object({
      listedOn: z.array(z.string()),
      registries: z.array(z.object({ registry: z.string(), asOf: instant })),
    })
    .nullable()
    .exactOptional(),
  replyHeldUntil: instant.nullable().exactOptional(),
})
export type RehearsalLead = z.infer<typeof factsSchema>

/** The facts a rehearsal begins with. */
export function toFacts(lead: RehearsalLead): Facts {
  return { ...lead, own: { deliveries: {}, tasks: {}, effects: {} } }
}

/** The newest thing that is known to have happened to the lead; a rehearsal begins after it. */
export function newestFact({ totals, deliveries, answers, tags }: RehearsalLead): number {
  return Math.max(
    -Infinity,
    ...Object.values(totals).map(({ lastAt }) => lastAt),
    ...deliveries.map(({ countedAt }) => countedAt),
    ...Object.values(tags),
    ...Object.values(answers).flatMap((given) => Object.values(given).map(({ at }) => at)),
  )
}

/** The other way round. */
export function fromFacts(facts: Facts): RehearsalLead {
  const { own, ...lead } = facts
  void own
  return lead
}

const stepId = z.string().max(64).optional()

const worldActSchema: z.ZodType<WorldAct> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('event'),
    type: key,
    properties: z.record(z.string().max(100), factsJsonSchema).exactOptional(),
  }),
  z.object({
    kind: z.literal('answers'),
    survey: key,
    answers: z.record(z.string().max(100), factsJsonSchema),
    asked: z.enum(['survey', 'question']).exactOptional(),
  }),
  z.object({ kind: z.literal('unsubscribe'), channels: z.array(z.enum(contactChannels)).min(1) }),
  z.object({ kind: z.literal('set_field'), field: key, value: fieldValue }),
  z.object({ kind: z.literal('set_stage'), stage: z.enum(stages) }),
  z.object({ kind: z.literal('set_attention'), attention: z.enum(attentions) }),
  z.object({ kind: z.literal('add_score'), delta: z.number() }),
  z.object({ kind: z.enum(['add_tag', 'remove_tag']), tag: key }),
  z.object({ kind: z.literal('task'), outcome: key, stepId }),
  z.object({ kind: z.literal('effect'), port: key, output: factsJsonSchema.exactOptional(), stepId }),
  z.object({ kind: z.literal('refuse_messages'), stepId }),
])

export const happeningSchema: z.ZodType<Happening> = z.object({ at: instant, act: worldActSchema })

const entrySchema: z.ZodType<SimulatedEntry> = z.object({
  at: instant,
  triggerId: z.string().max(64).optional(),
  properties: z.record(z.string().max(100), factsJsonSchema).optional(),
})

const assumptions = ['nothing', 'likely', 'chance'] as const satisfies readonly Assumptions[]

/** What a test case plays, beside the journey and the library, which are those of the publish. */
export const testCaseInputSchema = z.strictObject({
  lead: factsSchema,
  startAt: instant,
  until: instant,
  entries: z.array(entrySchema).max(100),
  triggers: z.boolean().default(true),
  happenings: z.array(happeningSchema).max(500),
  assume: z.enum(assumptions),
  seed: z.string().max(100),
  replyHold: z.string().max(30).nullable().default(null),
})
export type TestCaseInput = z.infer<typeof testCaseInputSchema>

/** What has to come out again. Instants are not part of it: a wait that is a day longer is a change worth no alarm. */
export const expectationsSchema = z.strictObject({
  /** Visits in order: the step and the way out of it; null = it ended there. */
  path: z.array(z.strictObject({ stepId: z.string(), port: z.string().nullable() })).max(5000),
  /** How the last way through stood at the end of the case; null = the lead was never let in. */
  end: z.strictObject({ status: z.enum(enrollmentStatuses), stepId: z.string() }).nullable(),
  messages: z.array(z.strictObject({ stepId: z.string(), status: z.string() })).max(5000),
})
export type Expectations = z.infer<typeof expectationsSchema>
