import { completeTask as complete } from '#activities/controls/complete-task.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { listTaskRows, type JoinedTask } from '#db/repositories/task-reads.ts'
import { completeTask, listTasks, type Task } from '../contract/tasks.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, presentLeadNow, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { accepted, implement, ok, type Implementation } from '../routing.ts'

export function taskRoutes(deps: { db: Database; poker: Poker; now: () => number }): Implementation[] {
  const { db, poker, now } = deps
  return [
    implement(listTasks, async ({ query }) => {
      const { status, queue, assignee, limit } = query
      const rows = await listTaskRows(db, {
        status,
        queue,
        assignee,
        limit: limit + 1,
        cursor: readCursor(query.cursor),
      })
      const keyOf = ({ task }: JoinedTask) => ({ at: status === 'open' ? task.dueAt : task.createdAt, id: task.id })
      return ok(toPage(rows, limit, keyOf, (row) => presentTask(row, now())))
    }),

    implement(completeTask, async ({ params, body }, { actor }) => {
      const result = await complete(
        { db, poker },
        {
          taskId: params.id,
          outcome: body.outcome,
          actor,
          ...(body.note === undefined || body.note === '' ? {} : { note: body.note }),
        },
      )
      if (!result.done) throw new HttpProblem(result.code, result.message)
      return accepted({})
    }),
  ]
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
    outcomes: task.outcomes,
    notBefore: toInstantOrNull(task.notBefore),
    dueAt: toInstant(task.dueAt),
    outcome: task.outcome,
    note: task.note,
    closedAt: toInstantOrNull(task.closedAt),
    closedBy: task.closedBy,
    createdAt: toInstant(task.createdAt),
  }
}
