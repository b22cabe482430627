/** What happened in a journey over a time: per step, per way out, towards the goal. */
import { z } from 'zod'
import { givenInstantSchema, instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})

/** The longest range that is counted, days. */
export const longestRangeDays = 400

/** What a number counts. The first three are now; the others are visits of the range. */
export const peopleKinds = ['here', 'paused', 'parked', 'entered', 'left', 'failed', 'ended'] as const
export type PeopleKind = (typeof peopleKinds)[number]

/** Which leads, which version, when. Times are the leads' own: a test lead's clock may be ahead. */
export const statisticsQuery = {
  from: givenInstantSchema.optional().describe('Absent: 30 days ago. At most 400 days back from `to`.'),
  to: givenInstantSchema.optional().describe('Absent: no end.'),
  version: z.coerce.number({ error: 'Write a version number.' }).int().min(1).max(2_147_483_647).optional(),
  leads: z.enum(['real', 'test']).default('real').describe('Test leads are never counted with real ones.'),
}

const scopeSchema = z.object({
  from: instantSchema,
  /** Null: no end. */
  to: instantSchema.nullable(),
  /** Null: all versions. */
  version: z.int().nullable(),
  leads: z.enum(['real', 'test']),
  /** Up to 10 s ago: answers are shared. */
  countedAt: instantSchema,
})

/** Milliseconds; null without anything to measure. */
const durationSchema = z.number().nullable()

const endedSchema = z.object({ goal: z.int(), path: z.int(), early: z.int() })

const stepStatisticsSchema = z.object({
  stepId: z.string(),
  /** Visits that began in the range. */
  entered: z.int(),
  /** Visits that ended in the range, however. */
  left: z.int(),
  /** Enrollments among those, and how many of them reached the goal, then or since. */
  enrollments: z.int(),
  reachedGoal: z.int(),
  /** Visits that ended their enrollment: at the goal, at the end of a path, or early (exit rule, a person). */
  ended: endedSchema,
  /** Visits that a person ended by moving or skipping. */
  taken: z.int(),
  /** From coming to going, of visits that ended in the range. */
  medianMs: durationSchema,
  p90Ms: durationSchema,
  /** Now, whatever the range. */
  here: z.int(),
  paused: z.int(),
  parked: z.int(),
})
export type StepStatistics = z.infer<typeof stepStatisticsSchema>

const portStatisticsSchema = z.object({ from: z.string(), port: z.string(), left: z.int() })

const cohortSchema = z.object({
  /** Enrollments that began in the range. */
  entered: z.int(),
  /** Still under way. */
  open: z.int(),
  reachedGoal: z.int(),
  endedByPath: z.int(),
  endedEarly: z.int(),
  /** From entry to goal. */
  medianMs: durationSchema,
  p90Ms: durationSchema,
})

const journeyStatisticsSchema = scopeSchema.extend({
  cohort: cohortSchema,
  /** Steps that anybody came to, left, or stands on. */
  steps: z.array(stepStatisticsSchema),
  /** Ways out that were taken. */
  ports: z.array(portStatisticsSchema),
})
export type JourneyStatistics = z.infer<typeof journeyStatisticsSchema>

export const getJourneyStatistics = defineRoute({
  name: 'getJourneyStatistics',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/statistics',
  tag: 'Journeys',
  summary: 'Per step and way out: who came, who left, how long it took, who reached the goal',
  description:
    'Ask twice with two ranges or versions to compare them. With `step`, only the enrollments behind that number of the step (as `GET …/people` lists them) are counted, wherever they went.',
  params: journeyParams,
  query: z.strictObject({
    ...statisticsQuery,
    step: z.string().min(1).max(64).optional(),
    what: z.enum(peopleKinds).default('left').describe('With `step`: which number of it.'),
    port: z.string().min(1).max(100).optional().describe('With `step`: only who left it by this way out.'),
  }),
  responses: { 200: journeyStatisticsSchema },
  problems: ['JOURNEY_NOT_FOUND', 'RANGE_TOO_LARGE'],
})

const stepDetailSchema = scopeSchema.extend({
  stepId: z.string(),
  /** The most frequent twenty. `parked` stand there now; the others left in the range. */
  failures: z.array(
    z.object({ kind: z.enum(['parked', 'error', 'not_sent']), code: z.string(), reason: z.string(), count: z.int() }),
  ),
  bucket: z.enum(['hour', 'day']),
  /** By hour or day (UTC); those in which nothing happened are absent. */
  trend: z.array(z.object({ at: instantSchema, entered: z.int(), left: z.int() })),
})
export type StepDetail = z.infer<typeof stepDetailSchema>

export const getStepStatistics = defineRoute({
  name: 'getStepStatistics',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/statistics/steps/{step}',
  tag: 'Journeys',
  summary: 'One step: what went wrong and why, and its visits over time',
  params: journeyParams.extend({ step: z.string().min(1).max(64) }),
  query: z.strictObject(statisticsQuery),
  responses: { 200: stepDetailSchema },
  problems: ['JOURNEY_NOT_FOUND', 'RANGE_TOO_LARGE'],
})

/** A share with its 95 % interval (Wilson), 0–1; null of nobody. */
const shareSchema = z.object({ share: z.number(), low: z.number(), high: z.number() }).nullable()

const goalStatisticsSchema = scopeSchema.extend({
  cohort: cohortSchema,
  share: shareSchema,
  /** Of the enrollments that began in the range: how many ever came to each step. */
  reach: z.array(z.object({ stepId: z.string(), leads: z.int(), reachedGoal: z.int() })),
  /** How many reached the goal within so long, rising. */
  times: z.array(z.object({ withinMs: z.int(), leads: z.int() })),
  /** The ways out of each split and holdout. */
  variants: z.array(
    z.object({ stepId: z.string(), port: z.string(), leads: z.int(), reachedGoal: z.int(), share: shareSchema }),
  ),
})
export type GoalStatistics = z.infer<typeof goalStatisticsSchema>

export const getGoalStatistics = defineRoute({
  name: 'getGoalStatistics',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/statistics/goals',
  tag: 'Journeys',
  summary: 'How far those who entered came, how many reached the goal, how fast, and by which variant',
  params: journeyParams,
  query: z.strictObject(statisticsQuery),
  responses: { 200: goalStatisticsSchema },
  problems: ['JOURNEY_NOT_FOUND', 'RANGE_TOO_LARGE'],
})

/** Live counts of one step. `passed` and `failed` since `from`. */
const liveStepSchema = z.object({
  stepId: z.string(),
  here: z.int(),
  paused: z.int(),
  parked: z.int(),
  passed: z.int(),
  /** Left by a way out that means it was not done (`failurePorts`), and those parked now. */
  failed: z.int(),
})
export type LiveStep = z.infer<typeof liveStepSchema>

/**
 * Events of `GET /api/v1/journeys/{journey}/live`, beside those of the journey's stream (journey-stream.ts). The first `counts` is whole and so is any that follows a gap; the others
 * hold only what changed, with its new values. `beat` tells every few seconds that the counts are still looked at.
 */
const liveCountEvents = {
  counts: z.object({
    /** True: what is not in it is 0. */
    whole: z.boolean(),
    at: instantSchema,
    steps: z.array(liveStepSchema),
    ports: z.array(portStatisticsSchema),
  }),
  beat: z.object({ at: instantSchema }),
  /** The lead that was asked for has moved, or something about it has changed: read its path again. */
  lead: z.object({ leadId: z.string(), stamp: z.string() }),
}
export type LiveCounts = z.infer<(typeof liveCountEvents)['counts']>

/** What the live channel is asked for; `lead` is followed, too. */
export const liveCountsQuery = z.strictObject({
  from: statisticsQuery.from,
  version: statisticsQuery.version,
  leads: statisticsQuery.leads,
  lead: z.guid().optional(),
})

export function journeyLivePath(journey: string): string {
  return `/api/v1/journeys/${encodeURIComponent(journey)}/live`
}
/** The same as a template, as routes are written. */
export const journeyLiveRoute = '/api/v1/journeys/{journey}/live'
