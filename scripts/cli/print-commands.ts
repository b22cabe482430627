import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { batchAddresses, batchPdf } from '#activities/postcards/batch-files.ts'
import { approvePrintBatch, rejectPrintCard } from '#activities/postcards/print-batch.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { listBatches, listCards } from '#db/repositories/print-batches.ts'
import { approvalRefusals } from '#server/routes/print.ts'
import { addCommand, CommandError, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

/** `trellis print list|show|download|approve|reject`. */
export function addPrintCommands(program: Command): void {
  const print = program.command('print').description('Postcards that wait for the printer')
  addCommand(
    print,
    'list',
    'The latest batches',
    (command) => command,
    () =>
      withInstance(async ({ database: { db } }) => {
        const batches = await listBatches(db, { limit: 50, cursor: null })
        const rows = batches.map(({ id, status, createdAt, cards, approvedBy }) => [
          id,
          status,
          createdAt.toISOString().slice(0, 16).replace('T', ' '),
          ...[cards.waiting, cards.printed, cards.removed, cards.rejected].map(String),
          approvedBy ?? '',
        ])
        const head = ['BATCH', 'STATUS', 'SINCE', 'WAITING', 'PRINTED', 'REMOVED', 'REJECTED', 'APPROVED BY']
        return { data: batches, text: rows.length === 0 ? 'No postcard waits.' : table([head, ...rows]) }
      }),
  )
  addCommand(
    print,
    'show <batch>',
    'The cards of a batch',
    (command) => command,
    ([batchId = '']) =>
      withInstance(async ({ database: { db } }) => {
        const cards = await listCards(db, requireId(batchId))
        const rows = cards.map(({ position, deliveryId, status, reason, card }) => [
          String(position),
          deliveryId,
          status,
          card?.to.name ?? '(erased)',
          reason ?? '',
        ])
        return { data: cards, text: table([['', 'DELIVERY', 'STATUS', 'NAME', 'WHY'], ...rows]) }
      }),
  )
  addCommand<GlobalOptions & { out: string }>(
    print,
    'download <batch>',
    'Write the PDF and the addresses: a proof before the batch is approved, ready for print after',
    (command) => command.option('--out <folder>', 'where to', '.'),
    ([batchId = ''], { out }) =>
      withInstance(async ({ database: { db } }) => {
        const id = requireId(batchId)
        const file = await batchPdf(db, id)
        const addresses = await batchAddresses(db, id)
        if (file === null || addresses === null) throw new CommandError(`There is no print batch "${id}".`)
        const pdfFile = `${out}/postcards-${id}${file.isProof ? '-proof' : ''}.pdf`
        const csvFile = `${out}/addresses-${id}.csv`
        await pipeline(file.pdf, createWriteStream(pdfFile))
        await writeFile(csvFile, addresses)
        const next = file.isProof ? `\nThis is a proof. Print what you get after: trellis print approve ${id}` : ''
        return { data: { pdfFile, csvFile, isProof: file.isProof }, text: `${pdfFile}\n${csvFile}${next}` }
      }),
  )
  addCommand(
    print,
    'approve <batch>',
    'Sent to the printer: who has left in between is taken out, the rest counts as sent',
    (command) => command,
    ([batchId = ''], { actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const id = requireId(batchId)
        const result = await approvePrintBatch({ db, poker, library: () => readLibrary(db) }, { batchId: id, actor })
        if (!result.approved) throw new CommandError(approvalRefusals[result.reason])
        const removed = result.removed.map(({ deliveryId, reason }) => `  taken out: ${deliveryId} (${reason})`)
        const text = [`${String(result.printed)} cards are approved. Print: trellis print download ${id}`, ...removed]
        return { data: result, text: text.join('\n') }
      }),
  )
  addCommand<GlobalOptions & { retry?: boolean; reason: string }>(
    print,
    'reject <batch> <delivery>',
    'Take one card out of an open batch',
    (command) =>
      command
        .option('--retry', 'write it anew for the next batch; otherwise it is not sent')
        .option('--reason <text>', 'why', 'rejected by a person'),
    ([batchId = '', deliveryId = ''], { retry, reason, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const request = { batchId: requireId(batchId), deliveryId: requireId(deliveryId), reason, actor }
        const isRejected = await rejectPrintCard(
          { db, poker },
          { ...request, resolution: retry === true ? 'retry' : 'fail' },
        )
        if (!isRejected) throw new CommandError('That card does not wait in an open batch of that id.')
        const what = retry === true ? 'It comes in the next batch.' : 'It is not sent.'
        return { data: { rejected: true }, text: `Taken out. ${what}` }
      }),
  )
}

function requireId(text: string): string {
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) {
    throw new CommandError(`"${text}" is no id; "trellis print list" shows them.`)
  }
  return text
}
