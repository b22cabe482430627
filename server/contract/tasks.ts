/** Tasks: work that journeys hand to people, and its outcome. */
import { z } from 'zod'
import { attentions, channels, deliveryStatuses, stages, taskKinds, taskStatuses } from '#engine/vocabulary.ts'
import { personKeySchema } from './people.ts'
import {
  acceptedSchema,
  givenInstantSchema,
  idParams,
  idSchema,
  instantSchema,
  journeyNameSchema,
  jsonSchema,
  leadNameSchema,
  leadNowSchema,
  pageOf,
  pageQuery,
  stepNameSchema,
} from './primitives.ts'
import { defineRoute } from './route.ts'

const taskSchema = z.object({
  id: idSchema,
  lead: leadNameSchema.extend({ phone: z.string().nullable(), company: z.string().nullable() }),
  leadNow: leadNowSchema,
  journey: journeyNameSchema.nullable(),
  kind: z.enum(taskKinds),
  status: z.enum(taskStatuses),
  title: z.string(),
  /** Why now, in one sentence. */
  reason: z.string(),
  talkTrack: z.string(),
  queue: z.string(),
  assignee: z.string().nullable(),
  /** Why nobody has it yet. */
  unassignedReason: z.string().nullable(),
  /** Who works on it: nobody else can. */
  claimedBy: z.string().nullable(),
  snoozedUntil: instantSchema.nullable(),
  snoozeReason: z.string().nullable(),
  /** The ways it can end: the ports of the journey's step. */
  outcomes: z.array(z.object({ id: z.string(), label: z.string() })),
  /** Not to be done before this (legal hours, cool-off). In the lead's own clock, as is `dueAt`. */
  notBefore: instantSchema.nullable(),
  /** When it came up, in the lead's own clock. */
  since: instantSchema,
  dueAt: instantSchema,
  outcome: z.string().nullable(),
  /** Until then the outcome can be taken back; null = it counts. */
  effectiveAt: instantSchema.nullable(),
  note: z.string().nullable(),
  closedAt: instantSchema.nullable(),
  closedBy: z.string().nullable(),
  /** Why it closed itself. */
  closedReason: z.string().nullable(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
export type Task = z.infer<typeof taskSchema>

/**
 * `mine`: theirs or claimed by them; `team`: everything in queues they are a member of; `overdue`: of those, past its due
 * time; `snoozed`: put off; `unassigned`: nobody has it. All but `snoozed` leave out what is put off.
 */
export const taskViews = ['mine', 'team', 'overdue', 'snoozed', 'unassigned'] as const
export type TaskView = (typeof taskViews)[number]

/** Whose view it is. @default whoever is signed in; without a sign-in, everybody's */
const personQuery = { person: personKeySchema.optional() }

export const listTasks = defineRoute({
  name: 'listTasks',
  method: 'GET',
  path: '/api/v1/tasks',
  tag: 'Tasks',
  summary: 'Tasks of one status, or of one view of the inbox',
  description: 'Open ones by due time, the most urgent first; closed ones newest first. A view is of open tasks.',
  query: z.strictObject({
    ...pageQuery,
    ...personQuery,
    status: z.enum(taskStatuses).default('open'),
    view: z.enum(taskViews).optional(),
    queue: z.string().min(1).max(100).optional(),
    assignee: z.string().min(1).max(100).optional(),
    kind: z.enum(taskKinds).optional(),
    lead: idSchema.optional(),
  }),
  responses: { 200: pageOf(taskSchema) },
})

export const countTasks = defineRoute({
  name: 'countTasks',
  method: 'GET',
  path: '/api/v1/tasks/counts',
  tag: 'Tasks',
  summary: 'How many tasks each view holds',
  query: z.strictObject({ ...personQuery, queue: z.string().min(1).max(100).optional() }),
  responses: {
    200: z.object({ mine: z.int(), team: z.int(), overdue: z.int(), snoozed: z.int(), unassigned: z.int() }),
  },
})

const taskDetailSchema = taskSchema.extend({
  step: stepNameSchema.nullable(),
  queueName: z.string(),
  assigneeName: z.string().nullable(),
  claimedByName: z.string().nullable(),
  claimedAt: instantSchema.nullable(),
  /** What each outcome leads to; `next` null = the path ends there. */
  outcomes: z.array(z.object({ id: z.string(), label: z.string(), next: stepNameSchema.nullable() })),
  /** May the lead be called at this moment? Null for tasks that are no calls. `from`: from when on it may. */
  call: z.object({ allowed: z.boolean(), reason: z.string().nullable(), from: instantSchema.nullable() }).nullable(),
  /** How it came to this: the latest decisions of the journey, newest first, in its own words. */
  why: z.array(z.object({ at: instantSchema, step: stepNameSchema, reason: z.string() })),
  /** The last three messages to the lead. */
  touches: z.array(
    z.object({
      id: idSchema,
      channel: z.enum(channels),
      status: z.enum(deliveryStatuses),
      subject: z.string().nullable(),
      at: instantSchema,
    }),
  ),
  answers: z.array(z.object({ survey: z.string(), question: z.string(), answer: z.string(), at: instantSchema })),
  context: z.object({
    email: z.string().nullable(),
    title: z.string().nullable(),
    city: z.string().nullable(),
    country: z.string().nullable(),
    zone: z.string().nullable(),
    stage: z.enum(stages),
    attention: z.enum(attentions),
    score: z.number(),
    ownerId: z.string().nullable(),
    tags: z.array(z.string()),
  }),
  notes: z.array(
    z.object({ id: z.string(), cue: z.string().nullable(), body: z.string(), actor: z.string(), at: instantSchema }),
  ),
  log: z.array(
    z.object({ id: z.string(), action: z.string(), actor: z.string(), detail: jsonSchema, at: instantSchema }),
  ),
})
export type TaskDetail = z.infer<typeof taskDetailSchema>

export const getTask = defineRoute({
  name: 'getTask',
  method: 'GET',
  path: '/api/v1/tasks/{id}',
  tag: 'Tasks',
  summary: 'One task with everything needed to work on it',
  params: idParams,
  responses: { 200: taskDetailSchema },
  problems: ['TASK_NOT_FOUND'],
})

/** On whose behalf, when nobody is signed in; who is signed in acts for themselves. */
const byPerson = { person: personKeySchema.optional() }

const actProblems = ['TASK_NOT_FOUND', 'TASK_CLOSED', 'TASK_CLAIMED', 'TASK_NOT_YOURS'] as const

export const claimTask = defineRoute({
  name: 'claimTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/claim',
  tag: 'Tasks',
  summary: 'Take a task: nobody else can work on it until it is released',
  description: 'A call is claimed only when the lead may be called (do-not-call, legal hours where it is, cool-off).',
  params: idParams,
  body: z.strictObject(byPerson),
  responses: { 200: taskSchema },
  problems: [...actProblems, 'CHOOSING_FORBIDDEN', 'CALL_REFUSED', 'CALL_NOT_NOW'],
})

export const releaseTask = defineRoute({
  name: 'releaseTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/release',
  tag: 'Tasks',
  summary: 'Give a claimed task back',
  params: idParams,
  body: z.strictObject(byPerson),
  responses: { 200: taskSchema },
  problems: actProblems,
})

export const snoozeTask = defineRoute({
  name: 'snoozeTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/snooze',
  tag: 'Tasks',
  summary: 'Put a task off, or wake it',
  description: '`until` is in the lead’s own clock; null wakes it. Past its due time only with a reason.',
  params: idParams,
  body: z.strictObject({
    ...byPerson,
    until: givenInstantSchema.nullable(),
    reason: z.string().trim().max(500).optional(),
  }),
  responses: { 200: taskSchema },
  problems: [...actProblems, 'SNOOZE_INVALID'],
})

export const reassignTask = defineRoute({
  name: 'reassignTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/reassign',
  tag: 'Tasks',
  summary: 'Pass a task on: to a person, to a queue, or back to its queue',
  params: idParams,
  body: z.strictObject({
    ...byPerson,
    to: personKeySchema.optional(),
    queue: personKeySchema.optional(),
    reason: z.string().trim().max(500).optional(),
  }),
  responses: { 200: taskSchema },
  problems: [...actProblems, 'PERSON_NOT_FOUND', 'PERSON_UNAVAILABLE', 'QUEUE_NOT_FOUND'],
})

export const commentTask = defineRoute({
  name: 'commentTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/comments',
  tag: 'Tasks',
  summary: 'Say something about a task',
  params: idParams,
  body: z.strictObject({ ...byPerson, text: z.string().trim().min(1).max(5000) }),
  responses: { 200: taskSchema },
  problems: ['TASK_NOT_FOUND'],
})

export const completeTask = defineRoute({
  name: 'completeTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/outcome',
  tag: 'Tasks',
  summary: 'Say how a task ended',
  description:
    'The outcome is one of the task’s own; the lead goes on by the port of that name, at once or after `undoSeconds`, ' +
    'within which it can be taken back. A call recorded outside the hours it may be made in is kept with a warning.',
  params: idParams,
  body: z.strictObject({
    ...byPerson,
    outcome: z.string().min(1).max(64),
    note: z.string().trim().max(5000).optional(),
    undoSeconds: z.int().min(0).max(30).default(0),
  }),
  responses: {
    202: acceptedSchema.extend({ effectiveAt: instantSchema.nullable(), warning: z.string().nullable() }),
  },
  problems: ['TASK_NOT_FOUND', 'TASK_CLOSED', 'TASK_CLAIMED', 'OUTCOME_UNKNOWN'],
})

export const undoOutcome = defineRoute({
  name: 'undoOutcome',
  method: 'POST',
  path: '/api/v1/tasks/{id}/undo',
  tag: 'Tasks',
  summary: 'Take an outcome back that does not count yet',
  params: idParams,
  responses: { 200: taskSchema },
  problems: ['TASK_NOT_FOUND', 'UNDO_TOO_LATE'],
})

export const takeNextTask = defineRoute({
  name: 'takeNextTask',
  method: 'POST',
  path: '/api/v1/queues/{key}/next',
  tag: 'Tasks',
  summary: 'Claim the most urgent task of a queue that may be worked on now',
  description: 'Who has one of the queue already gets it again. `task` is null when there is none, with the reason.',
  params: z.strictObject({ key: personKeySchema }),
  body: z.strictObject(byPerson),
  responses: { 200: z.object({ task: taskSchema.nullable(), reason: z.string().nullable() }) },
  problems: ['QUEUE_NOT_FOUND'],
})
