import type { Command } from 'commander'
import { listInbound, readReplyHold, releaseReplies, saveReplyHold } from '#db/repositories/inbound.ts'
import { durationSchema } from '#engine/graph/schema.ts'
import { addCommand, CommandError, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'
import { requireLead } from './lead-commands.ts'

/** `trellis inbound list|handled|hold`. */
export function addInboundCommands(program: Command): void {
  const inbound = program.command('inbound').description('Mail that came in: replies, bounces, and what nobody knows')
  addCommand<GlobalOptions & { open?: boolean; unmatched?: boolean }>(
    inbound,
    'list',
    'The latest hundred messages that came in',
    (command) =>
      command.option('--open', 'only replies nobody has seen to').option('--unmatched', 'only what belongs to no lead'),
    (_, { open, unmatched }) =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listInbound(db, { limit: 100, cursor: null, open, unmatched })
        const lines = rows.map((row) => [
          row.receivedAt.toISOString().slice(0, 16).replace('T', ' '),
          row.kind,
          row.leadId ?? '-',
          row.fromAddress,
          row.subject.slice(0, 60),
          row.kind === 'reply' ? (row.handledAt === null ? 'waits' : 'seen to') : '',
        ])
        const text =
          rows.length === 0 ? 'Nothing.' : table([['RECEIVED', 'KIND', 'LEAD', 'FROM', 'SUBJECT', ''], ...lines])
        return { data: rows, text }
      }),
  )
  addCommand(
    inbound,
    'handled <lead>',
    'Somebody has answered the lead: its marketing goes on',
    (command) => command,
    ([lead = ''], { actor }) =>
      withInstance(async ({ database: { db } }) => {
        const leadId = await requireLead(db, lead)
        const result = await db.transaction((tx) => releaseReplies(tx, { leadId, actor }))
        if (result === null) throw new CommandError(`There is no lead "${lead}".`)
        const { replies, released } = result
        return {
          data: result,
          text: `${String(replies)} replies seen to; ${String(released)} held messages may go now.`,
        }
      }),
  )
  addCommand(
    inbound,
    'hold [length]',
    'How long a reply holds the marketing of its lead, such as P7D; "off" for not at all',
    (command) => command,
    ([length], { actor }) =>
      withInstance(async ({ database: { db } }) => {
        if (length !== undefined) {
          if (length !== 'off' && !durationSchema.safeParse(length).success) {
            throw new CommandError(`"${length}" is no length of time; write for example P7D, or off.`)
          }
          await db.transaction((tx) => saveReplyHold(tx, length === 'off' ? null : length, actor))
        }
        const hold = await readReplyHold(db)
        return {
          data: { hold },
          text: hold === null ? 'A reply holds nothing.' : `A reply holds marketing for ${hold}.`,
        }
      }),
  )
}
