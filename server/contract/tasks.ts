/** Tasks: work that journeys hand to people, and its outcome. */
import { z } from 'zod'
import { taskKinds, taskStatuses } from '#engine/vocabulary.ts'
import {
  acceptedSchema,
  idParams,
  idSchema,
  instantSchema,
  journeyNameSchema,
  leadNameSchema,
  leadNowSchema,
  pageOf,
  pageQuery,
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
  /** The ways it can end: the ports of the journey's step. */
  outcomes: z.array(z.object({ id: z.string(), label: z.string() })),
  /** Not to be done before this (legal hours, cool-off). In the lead's own clock, as is `dueAt`. */
  notBefore: instantSchema.nullable(),
  dueAt: instantSchema,
  outcome: z.string().nullable(),
  note: z.string().nullable(),
  closedAt: instantSchema.nullable(),
  closedBy: z.string().nullable(),
  createdAt: instantSchema,
})
export type Task = z.infer<typeof taskSchema>

export const listTasks = defineRoute({
  name: 'listTasks',
  method: 'GET',
  path: '/api/v1/tasks',
  tag: 'Tasks',
  summary: 'Tasks of one status',
  description: 'Open ones by due time, the most urgent first; closed ones newest first.',
  query: z.strictObject({
    ...pageQuery,
    status: z.enum(taskStatuses).default('open'),
    queue: z.string().min(1).max(100).optional(),
    assignee: z.string().min(1).max(100).optional(),
  }),
  responses: { 200: pageOf(taskSchema) },
})

export const completeTask = defineRoute({
  name: 'completeTask',
  method: 'POST',
  path: '/api/v1/tasks/{id}/outcome',
  tag: 'Tasks',
  summary: 'Say how a task ended',
  description: 'The outcome is one of the task’s own; the lead goes on by the port of that name.',
  params: idParams,
  body: z.strictObject({
    outcome: z.string().min(1).max(64),
    note: z.string().trim().max(5000).optional(),
  }),
  responses: { 202: acceptedSchema },
  problems: ['TASK_NOT_FOUND', 'TASK_CLOSED', 'OUTCOME_UNKNOWN'],
})
