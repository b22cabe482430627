/** What the two task steps share: outcomes, deadline, escalation. */
import { z } from 'zod'
import type { Facts, Instant, Json, OwnTask } from '../facts.ts'
import { durationSchema, type JourneySettings } from '../graph/schema.ts'
import type { Library, WorkHours } from '../library.ts'
import { durationToMs } from '../schedule/duration.ts'
import { taskEnds, type TaskEnd } from '../vocabulary.ts'
import { addBusinessDuration } from './business-duration.ts'
import { portIdSchema } from './config-fields.ts'
import type { Outcome, Port } from './contract.ts'
import { lookUp } from './lookup.ts'
import { checkDuration, checkUniqueIds, problem, type StepIssue } from './problems.ts'

/** Used when a definition has no SLA after all (publishing refuses that). */
const fallbackSla = 'PT8H'

/** Config fields of a step that makes a task. */
export const taskFields = {
  queue: z
    .string()
    .min(1)
    .max(100)
    .default('sales')
    .meta({ title: 'Queue', description: 'Whose inbox it lands in.', picks: 'queue', ui: { section: 'Who does it' } }),
  assignee: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({
      title: 'For',
      description: 'A person; "owner" is the owner of the lead. Empty: whoever takes it from the queue.',
      picks: 'person',
      ui: { section: 'Who does it', empty: 'Whoever takes it from the queue' },
    }),
  sla: durationSchema.optional().meta({
    title: 'Due within',
    description:
      'In business time of the person it is for, else of the queue, else of the journey: hours count while they are open.',
    picks: 'duration',
    ui: { section: 'Deadline', needed: true },
  }),
  escalation: z
    .array(
      z.strictObject({
        after: durationSchema.meta({
          title: 'After',
          description: 'In business time, counted from when the task was due.',
          picks: 'duration',
          ui: { half: true },
        }),
        action: z.enum(['remind', 'reassign', 'manager']).meta({
          title: 'Then',
          ui: {
            half: true,
            options: {
              remind: 'Remind the person',
              reassign: 'Give it to somebody else',
              manager: 'Tell the manager',
            },
          },
        }),
      }),
    )
    .max(10)
    .default([])
    .meta({
      title: 'When nobody acts',
      description:
        'What happens to a task that is overdue while the lead waits for it: the person who has it is told again, it goes to somebody else of the queue (unless somebody has worked on it since it was due), or the manager is told.',
      ui: { section: 'Deadline', entry: 'rung', advanced: true },
    }),
  closeOn: z
    .array(z.enum(taskEnds))
    .default(['bought', 'lost'])
    .meta({
      title: 'Close by itself when the lead',
      description: 'The task loses its point then: it closes with the reason, and a waiting lead leaves by "Not done".',
      ui: {
        section: 'Deadline',
        advanced: true,
        options: { bought: 'Bought', lost: 'Was given up', replied: 'Wrote by itself' },
      },
    }),
}
/** The parsed fields of `taskFields`. */
export type TaskConfig = z.infer<z.ZodObject<typeof taskFields>>

/** The list of outcomes a person chooses from; each is a way out. */
export const outcomesSchema = z
  .array(
    z.strictObject({
      id: portIdSchema,
      label: z.string().min(1).max(120).meta({ title: 'Label', description: 'What the person chooses.' }),
    }),
  )
  .min(1, 'At least one outcome is needed.')
  .max(20)
type TaskOutcomes = z.infer<typeof outcomesSchema>

/** `outcome:<id>` for each outcome. */
export function outcomePorts(outcomes: TaskOutcomes): Port[] {
  return outcomes.map(({ id, label }) => ({ id: `outcome:${id}`, label }))
}

/** TASK_WITHOUT_SLA, bad durations, outcomes with the same id. */
export function checkTask(config: TaskConfig, outcomes: TaskOutcomes): StepIssue[] {
  return [
    ...(config.sla === undefined
      ? [
          problem(
            'TASK_WITHOUT_SLA',
            ['sla'],
            'The task has no deadline, so nobody is reminded of it; say within which time it is due, for example PT8H.',
          ),
        ]
      : checkDuration(config.sla, ['sla'])),
    ...config.escalation.flatMap(({ after }, index) => checkDuration(after, ['escalation', index, 'after'])),
    ...checkUniqueIds(outcomes, 'outcomes'),
  ]
}

/** Whose hours a task is done in: those of the person it is for, of its queue, or of the journey. */
export function taskHours(
  config: Pick<TaskConfig, 'queue' | 'assignee'>,
  { facts, library, settings }: HoursContext,
): WorkHours {
  const person = assigneeOf(config, facts)
  return (
    (person === null ? undefined : lookUp(library.workHours?.people ?? {}, person)) ??
    lookUp(library.workHours?.queues ?? {}, config.queue) ?? { calendar: settings.calendar, zone: settings.zone }
  )
}
/** What the hours of a task are taken from. */
export interface HoursContext {
  facts: Facts
  library: Library
  settings: Pick<JourneySettings, 'calendar' | 'zone'>
}

/** When a task that begins at `from` is due. */
export function dueAt(config: TaskConfig, from: Instant, context: HoursContext): Instant {
  const { calendar, zone } = taskHours(config, context)
  return addBusinessDuration(from, config.sla ?? fallbackSla, calendar, zone)
}

/** The configured person; "owner" becomes the owner of the lead, or nobody when it has none. */
export function assigneeOf({ assignee }: Pick<TaskConfig, 'assignee'>, facts: Facts): string | null {
  if (assignee !== 'owner') return assignee ?? null
  const owner = facts.fields['owner_id']
  return typeof owner === 'string' && owner !== '' ? owner : null
}

/** The ladder as the task stores it. */
export function escalationOf({
  escalation,
}: TaskConfig): { afterMs: number; action: 'remind' | 'reassign' | 'manager' }[] {
  return escalation.map(({ after, action }) => ({ afterMs: durationToMs(after), action }))
}

/**
 * A task whose outcome can still be taken back: the lead rests until it counts. Null when there is nothing to wait for.
 */
export function restUntilEffective(
  task: OwnTask | undefined,
  { key, now, memory }: { key: string; now: Instant; memory: Json },
): Outcome | null {
  const effectiveAt = task?.status === 'done' ? (task.effectiveAt ?? null) : null
  if (effectiveAt === null || effectiveAt <= now) return null
  const reason = 'The outcome can still be taken back.'
  return { kind: 'rest', wakeAt: effectiveAt, on: [`task:${key}`], memory, reason }
}

/** What makes the task pointless; a definition from before this option had the default. */
export function closeOnOf({ closeOn }: Partial<Pick<TaskConfig, 'closeOn'>>): TaskEnd[] {
  return closeOn ?? ['bought', 'lost']
}

/** Leaves by what the person chose, or by `expired` when the task was closed without an outcome; null while it is open. */
export function leaveByTask(task: OwnTask | undefined): Outcome | null {
  if (task === undefined || task.status === 'open') return null
  if (task.status === 'done' && task.outcome !== null) {
    return {
      kind: 'leave',
      port: `outcome:${task.outcome}`,
      reason: `The task ended with "${task.outcome}".`,
      detail: { outcome: task.outcome, at: task.at },
    }
  }
  return {
    kind: 'leave',
    port: 'expired',
    reason: `The task was closed without an outcome${task.reason === null ? '' : `: ${task.reason}`}.`,
  }
}
