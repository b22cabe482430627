/** The look into the mailbox as a Temporal activity, driven by a schedule. */
import { Context } from '@temporalio/activity'
import type { InboundActivities } from '../contract.ts'
import { pollMailbox, type MailboxSettings } from './mailbox.ts'
import type { InboundDependencies } from './take-in.ts'

export interface InboundActivityDependencies extends InboundDependencies {
  /** Null: no mailbox is set. */
  mailbox: MailboxSettings | null
  log: { info(data: object, message: string): void; warn(data: object, message: string): void }
}

/** Rounds of one call: a mailbox with thousands of new messages is finished by the next calls. */
const mostRounds = 20

export function createInboundActivities(dependencies: InboundActivityDependencies): InboundActivities {
  const { mailbox, log } = dependencies
  return {
    async pollInbound() {
      if (mailbox === null) return { taken: 0 }
      const context = Context.current()
      let taken = 0
      let unreadable = 0
      try {
        for (let round = 0; round < mostRounds; round += 1) {
          const result = await pollMailbox(dependencies, mailbox, { onProgress: () => context.heartbeat() })
          taken += result.taken.length
          unreadable += result.taken.filter(({ kind }) => kind === 'unreadable').length
          if (!result.more) break
        }
      } catch (error) {
        // The next look is a minute away; why this one failed is kept with the mailbox. Never into Temporal: it may name people.
        log.warn(
          { err: error instanceof Error ? error.name : 'Error', host: mailbox.host },
          'The mailbox could not be read.',
        )
      }
      if (unreadable > 0) {
        log.warn({ unreadable, host: mailbox.host }, 'Mail could not be read; it is listed, and stays in the mailbox.')
      }
      if (taken > 0) log.info({ taken }, 'Mail was taken in.')
      return { taken }
    },
  }
}
