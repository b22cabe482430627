import { completeTask as complete, undoOutcome as undo } from '#activities/controls/complete-task.ts'
import type { Poker } from '#activities/poker.ts'
import { decideCall } from '#activities/tasks/call-gate.ts'
import {
  claimTask as claim,
  commentTask as comment,
  reassignTask as reassign,
  releaseTask as release,
  snoozeTask as snooze,
  takeNext,
  wakeTask as wake,
  type TaskAct,
  type Worker,
} from '#activities/tasks/work-on-task.ts'
import type { TaskRefusal } from '#activities/tasks/with-task.ts'
import type { Database } from '#db/client.ts'
import { findLead } from '#db/repositories/lead-reads.ts'
import { readLeadExtras } from '#db/repositories/lead-reads.ts'
import { findPeople } from '#db/repositories/people.ts'
import {
  countTaskViews,
  findTaskRow,
  listTaskRows,
  readTaskExtras,
  type JoinedTask,
} from '#db/repositories/task-reads.ts'
import { toLeadTime } from '#engine/clock.ts'
import type { Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { describeGateReason } from '#engine/steps/gate-reasons.ts'
import {
  claimTask,
  commentTask,
  completeTask,
  countTasks,
  getTask,
  listTasks,
  reassignTask,
  releaseTask,
  snoozeTask,
  takeNextTask,
  undoOutcome,
  type Task,
  type TaskDetail,
} from '../contract/tasks.ts'
import type { RequestContext } from '../middleware/request-context.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, presentLeadNow, toInstant, toInstantOrNull } from '../present.ts'
import { everyScope } from '../contract/scopes.ts'
import { HttpProblem } from '../problem.ts'
import { accepted, implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'

interface TaskRouteDependencies {
  db: Database
  poker: Poker
  versions: VersionCache
  library: () => Promise<Library>
  now: () => number
}

export function taskRoutes(deps: TaskRouteDependencies): Implementation[] {
  const { db, poker, now } = deps
  const present = async (id: string): Promise<Task> => presentTask(await requireTask(db, id), now())
  const act = async (id: string, result: TaskAct): Promise<Task> => {
    if (!result.done) throw refusal(result)
    return present(id)
  }
  return [
    implement(listTasks, async ({ query }, { principal }) => {
      const { status, queue, assignee, limit, kind, lead, view } = query
      const rows = await listTaskRows(db, {
        status: view === undefined ? status : 'open',
        view,
        person: principal.userKey ?? query.person ?? null,
        queue,
        assignee,
        kind,
        leadId: lead,
        limit: limit + 1,
        cursor: readCursor(query.cursor),
      })
      const isOpen = view !== undefined || status === 'open'
      const keyOf = ({ task }: JoinedTask) => ({ at: isOpen ? task.dueAt : task.createdAt, id: task.id })
      return ok(toPage(rows, limit, keyOf, (row) => presentTask(row, now())))
    }),

    implement(countTasks, async ({ query }, { principal }) =>
      ok(await countTaskViews(db, { person: principal.userKey ?? query.person ?? null, queue: query.queue })),
    ),

    implement(getTask, async ({ params }) => ok(await presentDetail(deps, await requireTask(db, params.id)))),

    implement(claimTask, async ({ params, body }, context) =>
      ok(await act(params.id, await claim(deps, params.id, workerOf(context, body.person)))),
    ),

    implement(releaseTask, async ({ params, body }, context) =>
      ok(await act(params.id, await release(deps, params.id, workerOf(context, body.person)))),
    ),

    implement(snoozeTask, async ({ params, body: { person, until, reason } }, context) => {
      const worker = workerOf(context, person)
      const result =
        until === null
          ? await wake(deps, params.id, worker)
          : await snooze(deps, params.id, { until: Date.parse(until), reason }, worker)
      return ok(await act(params.id, result))
    }),

    implement(reassignTask, async ({ params, body: { person, to, queue, reason } }, context) =>
      ok(
        await act(params.id, await reassign(deps, params.id, { person: to, queue, reason }, workerOf(context, person))),
      ),
    ),

    implement(commentTask, async ({ params, body }, context) =>
      ok(await act(params.id, await comment(deps, params.id, body.text, workerOf(context, body.person)))),
    ),

    implement(completeTask, async ({ params, body }, context) => {
      const worker = workerOf(context, body.person)
      const result = await complete(
        { db, poker },
        {
          taskId: params.id,
          outcome: body.outcome,
          actor: worker.actor,
          undoSeconds: body.undoSeconds,
          ...(worker.overrides === true ? {} : { person: worker.person }),
          ...(body.note === undefined || body.note === '' ? {} : { note: body.note }),
        },
      )
      if (!result.done) throw refusal(result)
      const { effectiveAt, warning } = result
      return accepted({ effectiveAt: effectiveAt === null ? null : new Date(effectiveAt).toISOString(), warning })
    }),

    implement(undoOutcome, async ({ params }, { actor }) => {
      const result = await undo({ db, poker }, { taskId: params.id, actor })
      if (!result.done) throw refusal(result)
      return ok(await present(params.id))
    }),

    implement(takeNextTask, async ({ params, body }, context) => {
      const result = await takeNext(deps, params.key, workerOf(context, body.person))
      if (!result.done) throw refusal(result)
      return ok({ task: result.taskId === null ? null : await present(result.taskId), reason: result.reason })
    }),
  ]
}

function refusal({ code, message }: TaskRefusal): HttpProblem {
  return new HttpProblem(code, message)
}

/** Who is signed in acts for themselves (owners on anybody's tasks); without a sign-in the request says who. */
function workerOf({ principal }: RequestContext, person: string | undefined): Worker {
  const isOwner = principal.scopes.includes(everyScope)
  if (principal.userKey !== null) return { person: principal.userKey, actor: principal.actor, overrides: isOwner }
  if (person !== undefined) return { person, actor: principal.actor }
  return { person: principal.actor, actor: principal.actor, overrides: isOwner }
}

async function requireTask(db: Database, id: string): Promise<JoinedTask> {
  const row = await findTaskRow(db, id)
  if (row === null) throw new HttpProblem('TASK_NOT_FOUND', `There is no task "${id}".`)
  return row
}

async function presentDetail(deps: TaskRouteDependencies, row: JoinedTask): Promise<TaskDetail> {
  const { db, versions, now } = deps
  const { task } = row
  const [extras, lead, library] = await Promise.all([
    readTaskExtras(db, task),
    findLead(db, task.leadId),
    deps.library(),
  ])
  if (lead === null) throw new HttpProblem('TASK_NOT_FOUND', `The lead of task "${task.id}" is gone.`)
  const [{ tags }, people, decision] = await Promise.all([
    readLeadExtras(db, lead.id),
    findPeople(
      db,
      [task.assignee, task.claimedBy].filter((key) => key !== null),
    ),
    task.kind === 'call' && task.status === 'open'
      ? decideCall(db, task, lead, toLeadTime(lead.clock, now()))
      : Promise.resolve(null),
  ])
  const { journeyId, stepId } = task
  const nameOf = async (id: string) =>
    journeyId === null ? { id, name: id } : versions.nameStep(journeyId, extras.version, id)
  const ways = journeyId === null ? {} : (await versions.get(journeyId, extras.version)).next
  const nextOf = async (outcome: string) => {
    const next = stepId === null ? undefined : ways[stepId]?.[`outcome:${outcome}`]
    return next === undefined ? null : nameOf(next)
  }
  const personName = (key: string | null) => (key === null ? null : (people.get(key)?.name ?? key))
  return {
    ...presentTask(row, now()),
    step: stepId === null ? null : await nameOf(stepId),
    queueName: extras.queueName,
    assigneeName: personName(task.assignee),
    claimedByName: personName(task.claimedBy),
    claimedAt: toInstantOrNull(task.claimedAt),
    outcomes: await Promise.all(task.outcomes.map(async (outcome) => ({ ...outcome, next: await nextOf(outcome.id) }))),
    call:
      decision === null
        ? null
        : {
            allowed: decision.verdict === 'queued',
            reason: decision.verdict === 'queued' ? null : describeGateReason(decision.reason),
            from: decision.verdict === 'deferred' ? new Date(decision.notBefore).toISOString() : null,
          },
    why: await Promise.all(
      extras.decisions.map(async ({ stepId: id, at, reason }) => ({
        at: toInstant(at),
        step: await nameOf(id),
        reason,
      })),
    ),
    touches: extras.touches.map(({ id, channel, status, content, at, sentSubject }) => ({
      id,
      channel,
      status,
      subject: sentSubject ?? content.subject ?? null,
      at: toInstant(at),
    })),
    answers: extras.answers.map(({ survey, question, value, answeredAt }) => ({
      survey: library.surveys[survey]?.title ?? survey,
      question: questionText(library, survey, question),
      answer: answerText(library, survey, question, value),
      at: toInstant(answeredAt),
    })),
    context: {
      email: lead.email,
      title: lead.title,
      city: lead.city,
      country: lead.country,
      zone: lead.zone,
      stage: lead.stage,
      attention: lead.attention,
      score: lead.score,
      ownerId: lead.ownerId,
      tags,
    },
    notes: extras.notes.map(({ id, cue, body, actor, createdAt }) => ({
      id: String(id),
      cue,
      body,
      actor,
      at: toInstant(createdAt),
    })),
    log: extras.log.map(({ id, action, actor, detail, at }) => ({
      id: String(id),
      action,
      actor,
      detail,
      at: toInstant(at),
    })),
  }
}

function questionText(library: Library, survey: string, question: string): string {
  return library.surveys[survey]?.questions.find(({ id }) => id === question)?.text ?? question
}

/** In the words of the choices where it has some. */
function answerText(library: Library, survey: string, question: string, value: Json): string {
  const options = library.surveys[survey]?.questions.find(({ id }) => id === question)?.options ?? []
  const word = (one: Json): string => {
    const text = typeof one === 'string' ? one : JSON.stringify(one)
    return options.find((option) => option.value === text)?.label ?? text
  }
  return Array.isArray(value) ? value.map(word).join(', ') : word(value)
}

function presentTask({ task, lead, journey }: JoinedTask, now: number): Task {
  return {
    id: task.id,
    lead: { ...presentLeadName(lead), phone: lead.phone, company: lead.company },
    leadNow: presentLeadNow(lead.clock, now),
    journey,
    kind: task.kind,
    status: task.status,
    title: task.title,
    reason: task.reason,
    talkTrack: task.talkTrack,
    queue: task.queue,
    assignee: task.assignee,
    unassignedReason: task.unassignedReason,
    claimedBy: task.claimedBy,
    snoozedUntil: toInstantOrNull(task.snoozedUntil),
    snoozeReason: task.snoozeReason,
    outcomes: task.outcomes,
    notBefore: toInstantOrNull(task.notBefore),
    since: toInstant(task.createdFor),
    dueAt: toInstant(task.dueAt),
    outcome: task.outcome,
    effectiveAt: toInstantOrNull(task.effectiveAt),
    note: task.note,
    closedAt: toInstantOrNull(task.closedAt),
    closedBy: task.closedBy,
    closedReason: task.closedReason,
    createdAt: toInstant(task.createdAt),
    updatedAt: toInstant(task.updatedAt),
  }
}
