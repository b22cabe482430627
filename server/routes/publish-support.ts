/** What the routes of drafts and of publishing share: refusals as problems, schedules that may be away, issues. */
import { setTimeout as pause } from 'node:timers/promises'
import type { EntrySchedules } from '#activities/entry/schedules.ts'
import {
  DraftConflict,
  JourneyNotFound,
  JourneyStateConflict,
  LiveVersionChanged,
  MoveNotRunning,
  PoliciesInvalid,
  PublicationNotScheduled,
  TestCasesFailed,
} from '#activities/journeys/errors.ts'
import { TemplateRefused } from '#activities/journeys/templates.ts'
import type { Issue } from '#engine/issues.ts'
import type { DraftIssue } from '../contract/issues.ts'
import { HttpProblem } from '../problem.ts'

/** How long a person waits for Temporal's schedules; the call itself goes on. */
const scheduleWaitMs = 3000

/**
 * The database decides; Temporal's schedules follow. When Temporal is away, what was decided stands, and `scheduled` is
 * false: the next publish, or a worker's start, brings the schedules in line.
 */
export async function withSchedules<Result>(
  { schedules }: { schedules: EntrySchedules },
  work: (schedules: EntrySchedules) => Promise<Result>,
): Promise<{ result: Result; scheduled: boolean }> {
  let scheduled = true
  const tolerant = <Args extends unknown[]>(call: (...args: Args) => Promise<void>) => {
    return async (...args: Args): Promise<void> => {
      const done = call(...args).then(
        () => true,
        () => false,
      )
      const inTime = await Promise.race([done, pause(scheduleWaitMs, false, { ref: false })])
      if (!inTime) scheduled = false
    }
  }
  const result = await work({
    ...schedules,
    sync: tolerant((journeyId: string) => schedules.sync(journeyId)),
    startSweep: tolerant((sweepId: string) => schedules.startSweep(sweepId)),
    startMove: tolerant((moveId: string) => schedules.startMove(moveId)),
    startPublication: tolerant((id: string, publishAt: number) => schedules.startPublication(id, publishAt)),
  })
  return { result, scheduled }
}

const refusals = [
  JourneyNotFound,
  JourneyStateConflict,
  DraftConflict,
  LiveVersionChanged,
  MoveNotRunning,
  PoliciesInvalid,
  PublicationNotScheduled,
  TemplateRefused,
] as const

/** Refusals of the use cases as problems of the API. */
export async function inProblems<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TestCasesFailed)
      throw new HttpProblem(error.code, error.message, { issues: testCaseIssues(error) })
    if (refusals.some((refusal) => error instanceof refusal)) {
      const { code, message } = error as InstanceType<(typeof refusals)[number]>
      throw new HttpProblem(code, message)
    }
    throw error
  }
}

/** Each difference at the case it is of. */
function testCaseIssues({ failed, code }: TestCasesFailed) {
  return failed.flatMap(({ id, name, differences }) =>
    differences.map((message) => ({ code, severity: 'error' as const, path: [id], message: `${name}: ${message}` })),
  )
}

/** @throws {HttpProblem} JOURNEY_INVALID with every issue. */
export function refuseInvalid(name: string, issues: readonly Issue[]): never {
  const { length } = issues.filter(({ severity }) => severity === 'error')
  throw new HttpProblem(
    'JOURNEY_INVALID',
    `"${name}" has ${String(length)} problem${length === 1 ? '' : 's'} to solve before it can be published.`,
    { issues: problemIssues(issues) },
  )
}

/** Issues as a problem of the API carries them: the step is the first part of the path. */
export function problemIssues(issues: readonly Issue[]) {
  return issues.map(({ nodeId, path, ...issue }) => ({ ...issue, path: [...(nodeId ? [nodeId] : []), ...path] }))
}

export function presentIssue({ code, severity, nodeId, path, message, hint }: Issue): DraftIssue {
  return {
    code,
    severity,
    path: [...path],
    message,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(hint === undefined ? {} : { hint }),
  }
}
