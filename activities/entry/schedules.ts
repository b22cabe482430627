/**
 * Temporal Schedules: one per schedule trigger of a live journey, and a few of our own. Ids are stable and contents are
 * derived from the database, so bringing them in line again and again is harmless.
 */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleSpec,
} from '@temporalio/client'
import { and, eq } from 'drizzle-orm'
import { gapOccurrences } from '#engine/entry/schedule-instants.ts'
import type { Instant } from '#engine/facts.ts'
import type { Weekday } from '#engine/graph/schema.ts'
import { toLocal } from '#engine/schedule/zone.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import { taskQueues } from '#engine/vocabulary.ts'
import type { Database } from '#db/client.ts'
import { journeys, journeyTriggers } from '#db/schema/journeys.ts'

/** Names of workflows, which activities do not import. */
const sweepWorkflow = 'segmentSweepWorkflow'
const ownSchedules = [
  { name: 'trellis:trigger-sweep', workflow: 'triggerSweepWorkflow', every: '5 minutes' },
  { name: 'trellis:reconcile', workflow: 'reconcileWorkflow', every: '30 seconds' },
  { name: 'trellis:task-keeper', workflow: 'taskKeeperWorkflow', every: '30 seconds' },
] as const
/** Only where a mailbox is set. */
const mailSchedule = { name: 'trellis:inbound', workflow: 'inboundWorkflow', every: '1 minute' } as const

/** Runs missed while the server was away are made up for within this time. */
const catchupWindow = '24 hours'

const dayNames = {
  mon: 'MONDAY',
  tue: 'TUESDAY',
  wed: 'WEDNESDAY',
  thu: 'THURSDAY',
  fri: 'FRIDAY',
  sat: 'SATURDAY',
  sun: 'SUNDAY',
} as const satisfies Record<Weekday, string>

const monthNames = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const

/** Derived anew at every start of a worker; this is how long one may run. */
const tenYearsMs = 10 * 366 * 86_400_000

type ScheduleTrigger = Extract<Trigger, { kind: 'schedule' }>

export interface EntrySchedules {
  /** Brings one journey's schedules in line with its live triggers and status. */
  sync(journeyId: string): Promise<void>
  /** Brings all of them in line, removes those of triggers that are gone, and makes Trellis's own. At worker start. */
  ensure(): Promise<{ schedules: number; removed: number }>
  /** Starts the workflow of a sweep that is written down; when it runs already, nothing happens. */
  startSweep(sweepId: string): Promise<void>
  /** Starts what moves leads in flight after a publish; when it runs already, nothing happens. */
  startMove(moveId: string): Promise<void>
  /** Sets the timer of a scheduled publish; when it is set already, nothing happens. */
  startPublication(publicationId: string, publishAt: Instant): Promise<void>
}

/** The id of a trigger's Temporal Schedule. */
export function scheduleId(journeyId: string, triggerId: string): string {
  return `journey:${journeyId}:${triggerId}`
}

/**
 * When a schedule trigger fires, as the server understands it: days and time on the wall of the zone, and one entry for
 * each day of the coming ten years whose clocks skip that time (the server would leave them out).
 */
function scheduleSpec(trigger: Pick<ScheduleTrigger, 'days' | 'time' | 'zone'>, now: Instant): ScheduleSpec {
  const [hour = 0, minute = 0] = trigger.time.split(':').map(Number)
  return {
    calendars: [
      { dayOfWeek: trigger.days.map((day) => dayNames[day]), hour, minute, second: 0 },
      ...gapOccurrences(trigger, now, now + tenYearsMs).map((at) => {
        const local = toLocal(at, trigger.zone)
        const month = monthNames[local.month - 1] ?? 'JANUARY'
        return { ...local, month, dayOfMonth: local.day, comment: 'The clocks skip the time of this day.' }
      }),
    ],
    timezone: trigger.zone,
  }
}

/** Schedules over a Temporal client. `queuePrefix` isolates test runs that share a server. */
export function createEntrySchedules(
  client: Client,
  { db, queuePrefix = '', readsMail = false }: { db: Database; queuePrefix?: string; readsMail?: boolean },
): EntrySchedules {
  const taskQueue = `${queuePrefix}${taskQueues.segments}`

  /** Creates or replaces; a schedule somebody paused by hand on the server follows the journey again. */
  const put = async (options: ScheduleOptions): Promise<void> => {
    try {
      await client.schedule.create(options)
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error
      const { spec, action, policies, state } = options
      await client.schedule.getHandle(options.scheduleId).update((previous) => ({
        ...previous,
        spec,
        action: action as never,
        policies: { overlap: ScheduleOverlapPolicy.SKIP, ...policies } as never,
        state: { ...previous.state, paused: state?.paused ?? false },
      }))
    }
  }

  const remove = async (id: string): Promise<boolean> => {
    try {
      await client.schedule.getHandle(id).delete()
      return true
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false
      throw error
    }
  }

  const wanted = async (journeyId?: string): Promise<ScheduleOptions[]> => {
    const rows = await db
      .select({ journeyId: journeys.id, status: journeys.status, trigger: journeyTriggers.trigger })
      .from(journeyTriggers)
      .innerJoin(journeys, eq(journeys.id, journeyTriggers.journeyId))
      .where(
        and(
          eq(journeyTriggers.kind, 'schedule'),
          journeyId === undefined ? undefined : eq(journeyTriggers.journeyId, journeyId),
        ),
      )
    return rows.flatMap(({ journeyId: id, status, trigger }): ScheduleOptions[] =>
      trigger.kind === 'schedule' && (status === 'live' || status === 'paused')
        ? [
            {
              scheduleId: scheduleId(id, trigger.id),
              spec: scheduleSpec(trigger, Date.now()),
              action: {
                type: 'startWorkflow',
                workflowType: sweepWorkflow,
                workflowId: `sweep:${id}:${trigger.id}`,
                args: [{ journeyId: id, triggerId: trigger.id }],
                taskQueue,
              },
              policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
              state: { paused: status === 'paused' },
            },
          ]
        : [],
    )
  }

  /** Ids of this journey's schedules on the server, or of all journeys in this database. */
  const present = async (journeyIds: ReadonlySet<string>): Promise<string[]> => {
    const ids: string[] = []
    for await (const { scheduleId: id } of client.schedule.list()) {
      const [kind, journeyId] = id.split(':')
      if (kind === 'journey' && journeyId !== undefined && journeyIds.has(journeyId)) ids.push(id)
    }
    return ids
  }

  const bringInLine = async (list: ScheduleOptions[], journeyIds: ReadonlySet<string>): Promise<number> => {
    const keep = new Set(list.map((options) => options.scheduleId))
    let removed = 0
    for (const id of await present(journeyIds)) if (!keep.has(id) && (await remove(id))) removed += 1
    for (const options of list) await put(options)
    return removed
  }

  return {
    async sync(journeyId) {
      await bringInLine(await wanted(journeyId), new Set([journeyId]))
    },
    async ensure() {
      const known = await db.select({ id: journeys.id }).from(journeys)
      const list = await wanted()
      const removed = await bringInLine(list, new Set(known.map((row) => row.id)))
      if (!readsMail) await remove(`${queuePrefix}${mailSchedule.name}`)
      const own = readsMail ? [...ownSchedules, mailSchedule] : ownSchedules
      for (const { name, workflow, every } of own) {
        await put({
          scheduleId: `${queuePrefix}${name}`,
          spec: { intervals: [{ every }] },
          action: {
            type: 'startWorkflow',
            workflowType: workflow,
            workflowId: `${queuePrefix}${name}`,
            args: [],
            taskQueue,
          },
          policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
        })
      }
      return { schedules: list.length + own.length, removed }
    },
    async startSweep(sweepId) {
      await client.workflow.start(sweepWorkflow, {
        workflowId: `sweep:${sweepId}`,
        taskQueue,
        args: [{ sweepId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      })
    },
    async startMove(moveId) {
      await client.workflow.start('journeyMoveWorkflow', {
        workflowId: `move:${moveId}`,
        taskQueue,
        args: [{ moveId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      })
    },
    async startPublication(publicationId, publishAt) {
      await client.workflow.start('publicationWorkflow', {
        workflowId: `publication:${publicationId}`,
        taskQueue,
        args: [{ publicationId, publishAt }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      })
    },
  }
}
