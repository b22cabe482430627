/** What a person takes to the printer: the PDF of a batch and its addresses. */
import type { Readable } from 'node:stream'
import type { Queryable } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { findBatch, listCards } from '#db/repositories/print-batches.ts'
import type { PrintedCard } from '#db/schema/print.ts'
import { addressCsv } from './address-csv.ts'
import { cardsPdf } from './card-pdf.ts'
import { fetchPicture } from './pictures.ts'

interface BatchCards {
  /** Not approved: what is made of it is for looking only. */
  isProof: boolean
  cards: { position: number; deliveryId: string; card: PrintedCard }[]
}

/** The cards that would be or were printed: of an open batch those that wait. Null for no such batch. */
async function readCards(db: Queryable, batchId: string): Promise<BatchCards | null> {
  const batch = await findBatch(db, batchId)
  if (batch === null) return null
  const wanted = batch.status === 'open' ? 'waiting' : 'printed'
  const rows = await listCards(db, batchId)
  return {
    isProof: batch.status === 'open',
    cards: rows.flatMap(({ position, deliveryId, card, status }) =>
      card === null || status !== wanted ? [] : [{ position, deliveryId, card }],
    ),
  }
}

/**
 * The PDF: a proof while the batch is open, ready for print once it is approved, so that no card can be printed for a lead
 * that has left in between. Null for no such batch.
 * @throws {PictureUnreachable} {CardDoesNotFit}
 */
export async function batchPdf(db: Queryable, batchId: string): Promise<{ pdf: Readable; isProof: boolean } | null> {
  const found = await readCards(db, batchId)
  if (found === null) return null
  const company = await readCompanyProfile(db)
  const urls = [...new Set(found.cards.flatMap(({ card }) => card.image ?? []))]
  const pictures = await Promise.all(urls.map(async (url): Promise<[string, Buffer]> => [url, await fetchPicture(url)]))
  const logo = company.logoUrl === undefined ? null : await fetchPicture(company.logoUrl)
  const pdf = cardsPdf(
    found.cards.map(({ card }) => card),
    { company, logo, images: new Map(pictures), isProof: found.isProof, title: `Postcards ${batchId}` },
  )
  return { pdf, isProof: found.isProof }
}

/** The addresses of the same cards, in the same order. Null for no such batch. */
export async function batchAddresses(db: Queryable, batchId: string): Promise<string | null> {
  const found = await readCards(db, batchId)
  return found === null ? null : addressCsv(found.cards)
}
