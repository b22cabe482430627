import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { batchAddresses, batchPdf } from '#activities/postcards/batch-files.ts'
import { CardDoesNotFit } from '#activities/postcards/card-pdf.ts'
import { PictureUnreachable } from '#activities/postcards/pictures.ts'
import {
  approvePrintBatch as approve,
  rejectPrintCard as reject,
  type ApprovalResult,
} from '#activities/postcards/print-batch.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { findBatch, listBatches, listCards, type BatchSummary } from '#db/repositories/print-batches.ts'
import type { Library } from '#engine/library.ts'
import { idSchema } from '../contract/primitives.ts'
import {
  approvePrintBatch,
  getPrintBatch,
  listPrintBatches,
  rejectPrintCard,
  type PrintBatch,
} from '../contract/print.ts'
import { contextOf } from '../middleware/request-context.ts'
import { readCursor, toPage } from '../paging.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

export const printPdfPath = '/api/v1/print-batches/:id/cards.pdf'
export const printAddressesPath = '/api/v1/print-batches/:id/addresses.csv'

export function printRoutes(deps: { db: Database; poker: Poker; library: () => Promise<Library> }): Implementation[] {
  const { db } = deps
  return [
    implement(listPrintBatches, async ({ query }) => {
      const rows = await listBatches(db, { limit: query.limit + 1, cursor: readCursor(query.cursor) })
      return ok(toPage(rows, query.limit, (row) => ({ at: row.createdAt, id: row.id }), present))
    }),

    implement(getPrintBatch, async ({ params }) => {
      const batch = await findBatch(db, params.id)
      if (batch === null) throw notFound(params.id)
      const cards = await listCards(db, params.id)
      const list = cards.map(({ deliveryId, leadId, position, status, reason, card }) => ({
        deliveryId,
        leadId,
        position,
        status,
        reason,
        headline: card?.headline ?? null,
        name: card?.to.name ?? null,
      }))
      return ok({ ...present(batch), list })
    }),

    implement(approvePrintBatch, async ({ params }, { actor }) => {
      const result = await approve(deps, { batchId: params.id, actor })
      if (!result.approved) throw refusal(params.id, result)
      return ok({ printed: result.printed, removed: result.removed })
    }),

    implement(rejectPrintCard, async ({ params, body }, { actor }) => {
      const isRejected = await reject(deps, { batchId: params.id, deliveryId: params.deliveryId, ...body, actor })
      if (!isRejected)
        throw new HttpProblem('PRINT_NOT_POSSIBLE', 'That card does not wait in an open batch of that id.')
      return ok({ rejected: true as const })
    }),
  ]
}

function present({ id, status, cards, createdAt, approvedAt, approvedBy }: BatchSummary): PrintBatch {
  return {
    id,
    status,
    cards,
    createdAt: toInstant(createdAt),
    approvedAt: toInstantOrNull(approvedAt),
    approvedBy,
    pdfPath: printPdfPath.replace(':id', id),
    addressesPath: printAddressesPath.replace(':id', id),
  }
}

/** Why a batch cannot be approved, in words. */
export const approvalRefusals = {
  unknown: 'There is no such batch.',
  already_approved: 'The batch has been approved already.',
  empty: 'No card waits in the batch.',
  channel_stopped: 'Postcards are stopped; release the channel first.',
  on_hold: 'Everything is on hold; end the hold first.',
  live_sending_off: 'Live sending is off; an owner turns it on.',
} satisfies Record<Extract<ApprovalResult, { approved: false }>['reason'], string>

function refusal(id: string, { reason }: Extract<ApprovalResult, { approved: false }>): HttpProblem {
  return reason === 'unknown' ? notFound(id) : new HttpProblem('PRINT_NOT_POSSIBLE', approvalRefusals[reason])
}

function notFound(id: string): HttpProblem {
  return new HttpProblem('PRINT_BATCH_NOT_FOUND', `There is no print batch "${id}".`)
}

/** The PDF, as a stream. Beside the contract, which speaks JSON. */
export function printPdf(db: Database): RequestHandler {
  return (request, response, next) => {
    sendPdf(db, request, response).then(undefined, next)
  }
}

async function sendPdf(db: Database, request: Request, response: Response): Promise<void> {
  const id = batchIdOf(request, response, printPdfPath)
  let file: Awaited<ReturnType<typeof batchPdf>>
  try {
    file = await batchPdf(db, id)
  } catch (error) {
    if (error instanceof PictureUnreachable || error instanceof CardDoesNotFit) {
      throw new HttpProblem('PRINT_NOT_POSSIBLE', error.message, { cause: error })
    }
    throw error
  }
  if (file === null) throw notFound(id)
  const name = `postcards-${id}${file.isProof ? '-proof' : ''}.pdf`
  response.type('application/pdf').set('Content-Disposition', `attachment; filename="${name}"`)
  file.pdf.pipe(response)
}

/** The addresses of the same cards. */
export function printAddresses(db: Database): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    sendAddresses(db, request, response).then(undefined, next)
  }
}

async function sendAddresses(db: Database, request: Request, response: Response): Promise<void> {
  const id = batchIdOf(request, response, printAddressesPath)
  const csv = await batchAddresses(db, id)
  if (csv === null) throw notFound(id)
  response.type('text/csv; charset=utf-8').set('Content-Disposition', `attachment; filename="addresses-${id}.csv"`)
  response.send(csv)
}

function batchIdOf(request: Request, response: Response, path: string): string {
  contextOf(response).route = path.replace(':id', '{id}')
  const id = idSchema.safeParse(request.params['id'])
  if (!id.success) throw notFound(String(request.params['id']))
  return id.data
}
