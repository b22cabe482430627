/** Short links: a code for paper, which leads to a public page. The code is random; the table knows what it stands for. */
import { randomInt } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { shortLinks } from '../schema/links.ts'
import { jsonRows } from './json-rows.ts'

/** Without characters that people confuse on paper (0 and o, 1 and l and i). */
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz'
/** 31^10 codes, 49 bits: a million links are one in 800 million guesses. */
const codeLength = 10

export interface ShortLink {
  deliveryId: string
  /** Whom the delivery is for; with them the link is erased. */
  leadId: string
  /** A purpose of activities/links/token.ts. */
  purpose: string
  /** What the page is about besides. @default '' */
  subject?: string
}

/**
 * The codes of these links, in order; the same for the same link whenever it is asked for, so that rendering a postcard
 * twice prints one address. Two statements.
 */
export async function ensureShortLinks(tx: Queryable, links: readonly ShortLink[]): Promise<string[]> {
  if (links.length === 0) return []
  const rows = links.map(({ deliveryId, leadId, purpose, subject = '' }, ord) => ({
    ord,
    code: newCode(),
    delivery_id: deliveryId,
    lead_id: leadId,
    purpose,
    subject,
  }))
  const source = jsonRows(rows, 'r', 'ord int, code text, delivery_id uuid, lead_id uuid, purpose text, subject text')
  await tx.execute(sql`
    insert into short_links (code, delivery_id, lead_id, purpose, subject)
    select code, delivery_id, lead_id, purpose, subject from ${source} order by delivery_id, purpose, subject
    on conflict (delivery_id, purpose, subject) do nothing`)
  const found = await tx.execute<{ ord: number; code: string }>(sql`
    select r.ord, s.code from ${source}
      join short_links s on s.delivery_id = r.delivery_id and s.purpose = r.purpose and s.subject = r.subject
     order by r.ord`)
  return found.map(({ code }) => code)
}

/** What a code stands for, as somebody typed it; null when nothing. */
export async function findShortLink(db: Queryable, typed: string): Promise<Required<ShortLink> | null> {
  const code = typed.toLowerCase().replaceAll(/[\s.-]/g, '')
  if (!/^[2-9a-z]{10}$/.test(code)) return null
  const [row] = await db.select().from(shortLinks).where(eq(shortLinks.code, code))
  return row ?? null
}

function newCode(): string {
  return Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join('')
}
