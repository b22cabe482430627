/** Print batches: postcards that a person sends to the printer. */
import { z } from 'zod'
import { idParams, idSchema, instantSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

const counts = z.object({ waiting: z.int(), printed: z.int(), removed: z.int(), rejected: z.int() })

const printBatchSchema = z.object({
  id: idSchema,
  /** `open` takes more cards; `approved` was sent to the printer. */
  status: z.enum(['open', 'approved']),
  cards: counts,
  createdAt: instantSchema,
  approvedAt: instantSchema.nullable(),
  approvedBy: z.string().nullable(),
  /** PDF of two pages per card: a proof while the batch is open, ready for print once it is approved. */
  pdfPath: z.string(),
  /** CSV of the same cards' addresses. */
  addressesPath: z.string(),
})
export type PrintBatch = z.infer<typeof printBatchSchema>

const printCardSchema = z.object({
  deliveryId: idSchema,
  leadId: idSchema,
  position: z.int(),
  status: z.enum(['waiting', 'printed', 'removed', 'rejected']),
  /** Why it was taken out or rejected. */
  reason: z.string().nullable(),
  /** Null: its lead was erased. */
  headline: z.string().nullable(),
  name: z.string().nullable(),
})

export const listPrintBatches = defineRoute({
  name: 'listPrintBatches',
  method: 'GET',
  path: '/api/v1/print-batches',
  tag: 'Print',
  summary: 'Print batches, newest first',
  query: z.strictObject(pageQuery),
  responses: { 200: pageOf(printBatchSchema) },
})

export const getPrintBatch = defineRoute({
  name: 'getPrintBatch',
  method: 'GET',
  path: '/api/v1/print-batches/{id}',
  tag: 'Print',
  summary: 'One batch with its cards (500 at most)',
  params: idParams,
  responses: { 200: printBatchSchema.extend({ list: z.array(printCardSchema) }) },
  problems: ['PRINT_BATCH_NOT_FOUND'],
})

export const approvePrintBatch = defineRoute({
  name: 'approvePrintBatch',
  method: 'POST',
  path: '/api/v1/print-batches/{id}/approve',
  tag: 'Print',
  summary: 'Sent to the printer: its cards are accepted',
  description:
    'Every card is looked at once more; who has left in between is taken out. Fetch the PDF after this: before, it is a proof.',
  params: idParams,
  responses: {
    200: z.object({
      printed: z.int(),
      removed: z.array(z.object({ deliveryId: idSchema, reason: z.string() })),
    }),
  },
  problems: ['PRINT_BATCH_NOT_FOUND', 'PRINT_NOT_POSSIBLE'],
})

export const rejectPrintCard = defineRoute({
  name: 'rejectPrintCard',
  method: 'POST',
  path: '/api/v1/print-batches/{id}/cards/{deliveryId}/reject',
  tag: 'Print',
  summary: 'Take one card out of an open batch',
  params: z.strictObject({ id: idSchema, deliveryId: idSchema }),
  body: z.strictObject({
    /** `retry`: it is written anew and comes in the next batch. `fail`: it is not sent. */
    resolution: z.enum(['retry', 'fail']),
    reason: z.string().min(1).max(300),
  }),
  responses: { 200: z.object({ rejected: z.literal(true) }) },
  problems: ['PRINT_NOT_POSSIBLE'],
})
