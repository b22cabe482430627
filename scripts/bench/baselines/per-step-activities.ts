/** One activity per step, each its own transaction. */
import type postgres from 'postgres'
import { mails, tag, taskTitle, waitMs } from './journey.ts'
import {
  finishEnrollment,
  insertDelivery,
  insertEnrollment,
  insertLog,
  insertTag,
  insertTask,
  lockLead,
  mayMail,
  moveEnrollment,
  type Left,
  type Visit,
} from './records.ts'

/** `since`: when the wait before this step began, to log it. */
export type StepInput = Visit & { since?: number }

export function createPerStepActivities(db: postgres.Sql) {
  const sendMail =
    (mail: keyof typeof mails, wait: string, waited: string | null) =>
    async (input: StepInput): Promise<{ wakeAt: number }> => {
      const now = Date.now()
      const wakeAt = now + waitMs
      await db.begin(async (sql) => {
        const isSent = mayMail(await lockLead(sql, input.leadId))
        const rows: Left[] = [mailLeft(mail, isSent, now)]
        if (waited !== null) rows.unshift(waitLeft(waited, input.since ?? now))
        await Promise.all([
          insertLog(sql, input, now, rows),
          ...(isSent ? [insertDelivery(sql, input, mail, mails[mail], now)] : []),
          moveEnrollment(sql, input, wait, wakeAt, now),
        ])
      })
      return { wakeAt }
    }
  return {
    async begin(input: StepInput): Promise<void> {
      const now = Date.now()
      await db.begin((sql) =>
        Promise.all([insertEnrollment(sql, input, 'mail1', null, now), insertLog(sql, input, now, [entryLeft(now)])]),
      )
    },
    sendMail1: sendMail('mail1', 'wait1', null),
    async branch(input: StepInput): Promise<boolean> {
      const now = Date.now()
      return db.begin(async (sql) => {
        const { stage } = await lockLead(sql, input.leadId)
        const isOpen = stage === 'new' || stage === 'engaged'
        await Promise.all([
          insertLog(sql, input, now, [waitLeft('wait1', input.since ?? now), branchLeft(stage, isOpen, now)]),
          moveEnrollment(sql, input, isOpen ? 'tag' : 'mail2', null, now),
        ])
        return isOpen
      })
    },
    async addTag(input: StepInput): Promise<void> {
      const now = Date.now()
      await db.begin((sql) =>
        Promise.all([
          insertTag(sql, input, tag, now),
          insertLog(sql, input, now, [tagLeft(now)]),
          moveEnrollment(sql, input, 'mail2', null, now),
        ]),
      )
    },
    sendMail2: sendMail('mail2', 'wait2', null),
    sendMail3: sendMail('mail3', 'wait3', 'wait2'),
    async createTask(input: StepInput): Promise<void> {
      const now = Date.now()
      await db.begin((sql) =>
        Promise.all([
          insertTask(sql, input, 'task', taskTitle, now),
          insertLog(sql, input, now, [waitLeft('wait3', input.since ?? now), taskLeft(now)]),
          moveEnrollment(sql, input, 'end', null, now),
        ]),
      )
    },
    async finish(input: StepInput): Promise<void> {
      const now = Date.now()
      await db.begin((sql) =>
        Promise.all([insertLog(sql, input, now, [exitLeft(now)]), finishEnrollment(sql, input, 'end', now)]),
      )
    },
  }
}

/** The rows of the log; the product's own words, so that both write as much. */
export const entryLeft = (now: number): Left => ({
  stepId: 'start',
  stepType: 'entry',
  enteredAt: now,
  port: 'next',
  reason: 'Entered the journey.',
})
export const waitLeft = (stepId: string, since: number): Left => ({
  stepId,
  stepType: 'wait',
  enteredAt: since - waitMs,
  port: 'next',
  reason: 'Waited 5 seconds.',
})
export const mailLeft = (stepId: string, isSent: boolean, now: number): Left => ({
  stepId,
  stepType: 'send_email',
  enteredAt: now,
  port: isSent ? 'next' : 'skipped',
  reason: isSent ? 'Email queued.' : 'Email not sent.',
})
export const branchLeft = (stage: string, isOpen: boolean, now: number): Left => ({
  stepId: 'branch',
  stepType: 'branch',
  enteredAt: now,
  port: isOpen ? 'case:open' : 'else',
  reason: isOpen ? 'Open: stage is one of new, engaged.' : 'No case was true.',
  detail: { cases: [{ case: 'open', trace: { rule: 'stage in new, engaged', seen: stage, value: isOpen } }] },
})
export const tagLeft = (now: number): Left => ({
  stepId: 'tag',
  stepType: 'add_tag',
  enteredAt: now,
  port: 'next',
  reason: `Tagged “${tag}”.`,
})
export const taskLeft = (now: number): Left => ({
  stepId: 'task',
  stepType: 'create_task',
  enteredAt: now,
  port: 'next',
  reason: `Task created: ${taskTitle}.`,
})
export const exitLeft = (now: number): Left => ({
  stepId: 'end',
  stepType: 'exit',
  enteredAt: now,
  port: null,
  reason: 'Done',
})
