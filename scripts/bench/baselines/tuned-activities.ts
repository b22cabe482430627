/** The same records with one transaction per wake: as few statements as they can be, none waits for the one before. */
import type postgres from 'postgres'
import { mails, tag, taskTitle, waitMs } from './journey.ts'
import {
  branchLeft,
  entryLeft,
  exitLeft,
  mailLeft,
  tagLeft,
  taskLeft,
  waitLeft,
  type StepInput,
} from './per-step-activities.ts'
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
} from './records.ts'

export function createTunedActivities(db: postgres.Sql) {
  return {
    async beginAndMail1(input: StepInput): Promise<{ wakeAt: number }> {
      const now = Date.now()
      const wakeAt = now + waitMs
      await db.begin(async (sql) => {
        const isSent = mayMail(await lockLead(sql, input.leadId))
        await Promise.all([
          insertEnrollment(sql, input, 'wait1', wakeAt, now),
          insertLog(sql, input, now, [entryLeft(now), mailLeft('mail1', isSent, now)]),
          ...(isSent ? [insertDelivery(sql, input, 'mail1', mails.mail1, now)] : []),
        ])
      })
      return { wakeAt }
    },
    async tagAndMail2(input: StepInput): Promise<{ wakeAt: number }> {
      const now = Date.now()
      const wakeAt = now + waitMs
      await db.begin(async (sql) => {
        const lead = await lockLead(sql, input.leadId)
        const isSent = mayMail(lead)
        const isOpen = lead.stage === 'new' || lead.stage === 'engaged'
        await Promise.all([
          insertLog(sql, input, now, [
            waitLeft('wait1', input.since ?? now),
            branchLeft(lead.stage, isOpen, now),
            ...(isOpen ? [tagLeft(now)] : []),
            mailLeft('mail2', isSent, now),
          ]),
          ...(isOpen ? [insertTag(sql, input, tag, now)] : []),
          ...(isSent ? [insertDelivery(sql, input, 'mail2', mails.mail2, now)] : []),
          moveEnrollment(sql, input, 'wait2', wakeAt, now),
        ])
      })
      return { wakeAt }
    },
    async mail3(input: StepInput): Promise<{ wakeAt: number }> {
      const now = Date.now()
      const wakeAt = now + waitMs
      await db.begin(async (sql) => {
        const isSent = mayMail(await lockLead(sql, input.leadId))
        await Promise.all([
          insertLog(sql, input, now, [waitLeft('wait2', input.since ?? now), mailLeft('mail3', isSent, now)]),
          ...(isSent ? [insertDelivery(sql, input, 'mail3', mails.mail3, now)] : []),
          moveEnrollment(sql, input, 'wait3', wakeAt, now),
        ])
      })
      return { wakeAt }
    },
    async taskAndFinish(input: StepInput): Promise<void> {
      const now = Date.now()
      await db.begin((sql) =>
        Promise.all([
          insertTask(sql, input, 'task', taskTitle, now),
          insertLog(sql, input, now, [waitLeft('wait3', input.since ?? now), taskLeft(now), exitLeft(now)]),
          finishEnrollment(sql, input, 'end', now),
        ]),
      )
    },
  }
}
