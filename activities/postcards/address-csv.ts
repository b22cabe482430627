/** The addresses of a batch for printers that print addresses themselves. */
import { stringify } from 'csv-stringify/sync'
import type { PrintedCard } from '#db/schema/print.ts'

const columns = [
  'position',
  'name',
  'company',
  'line1',
  'city',
  'region',
  'postal_code',
  'country',
  'link',
  'delivery',
] as const

/**
 * UTF-8 with a byte order mark, since spreadsheets guess wrong without. A value that a spreadsheet would take for a formula
 * begins with an apostrophe (OWASP "CSV Injection": =, +, -, @, tab and return).
 */
export function addressCsv(cards: readonly { position: number; deliveryId: string; card: PrintedCard }[]): string {
  const rows = cards.map(({ position, deliveryId, card: { to, link } }) => [
    String(position),
    ...[to.name, to.company, to.line1, to.city, to.region, to.postalCode, to.country, link ?? '', deliveryId].map(
      harmless,
    ),
  ])
  return `\uFEFF${stringify([[...columns], ...rows], { quoted: true, record_delimiter: 'windows' })}`
}

function harmless(text: string): string {
  return /^[=+\-@\t\r\n|%]/.test(text) ? `'${text}` : text
}
