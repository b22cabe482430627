/** What rendering needs beside the delivery and its lead, read for a whole claim at once. */
import { and, eq, inArray } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client.ts'
import type { Claim, ClaimedDelivery } from '#db/repositories/delivery-claims.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { createSettingsCache, settingsKey } from '#db/repositories/gate-facts.ts'
import { ensureShortLinks, type ShortLink } from '#db/repositories/short-links.ts'
import { users } from '#db/schema/people.ts'
import { mailboxSchema, type Mailbox } from '#engine/company.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import type { RenderInput } from '../mailroom/render.ts'
import { createMjmlStore } from './mjml-store.ts'

/** The part of a message's making that comes from the company, the journey version and the lead's owner. */
export type MessageGround = Pick<RenderInput, 'company' | 'settings' | 'owner' | 'mjml' | 'shortCode'>
/** The ground of each claimed delivery. */
export type GroundOf = (claimed: ClaimedDelivery) => MessageGround

const defaultSettings = settingsSchema.parse({})

/** Reads the ground of claims; journey versions and compiled texts are remembered in it. */
export function createGroundLoader(db: Database): (claim: Pick<Claim, 'claimed'>) => Promise<GroundOf> {
  const versions = createSettingsCache()
  const store = createMjmlStore()
  return async ({ claimed }) => {
    const [company, settings, mjml] = await Promise.all([
      readCompanyProfile(db),
      versions.read(
        db,
        claimed.map(({ enrollment }) => enrollment),
      ),
      store.read(
        db,
        claimed.map(({ delivery }) => delivery.content),
      ),
    ])
    const settingsOf = ({ enrollment }: ClaimedDelivery) =>
      settings.get(settingsKey(enrollment.journeyId, enrollment.version)) ?? defaultSettings
    const fromOwner = claimed.filter((one) => settingsOf(one).sender === 'owner')
    const owners = await readMailboxes(
      db,
      fromOwner.flatMap(({ lead }) => lead.ownerId ?? []),
    )
    const codes = await readShortCodes(db, claimed)
    return (one) => ({
      shortCode: codes.get(one.delivery.id) ?? null,
      company,
      settings: settingsOf(one),
      owner: owners.get(one.lead.ownerId ?? '') ?? null,
      mjml,
    })
  }
}

/** Names and addresses of active people, by their key; one whose address cannot stand in a header is left out. */
export async function readMailboxes(db: Queryable, keys: readonly string[]): Promise<Map<string, Mailbox>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .select({ key: users.key, name: users.name, email: users.email })
    .from(users)
    .where(and(inArray(users.key, [...new Set(keys)]), eq(users.active, true)))
  return new Map(
    rows.flatMap(({ key, name, email }): [string, Mailbox][] => {
      const mailbox = mailboxSchema.safeParse({ name, email })
      return mailbox.success ? [[key, mailbox.data]] : []
    }),
  )
}

/** The codes of postcards that lead somewhere, by delivery: made when first asked for, the same ever after. */
async function readShortCodes(db: Queryable, claimed: readonly ClaimedDelivery[]): Promise<Map<string, string>> {
  const links = claimed.flatMap(({ delivery: { id, leadId, channel, content } }): ShortLink[] => {
    if (channel !== 'postcard') return []
    if (content.surveyKey !== undefined) return [{ deliveryId: id, leadId, purpose: 'survey' }]
    return content.assetKey === undefined
      ? []
      : [{ deliveryId: id, leadId, purpose: 'asset', subject: content.assetKey }]
  })
  const codes = await ensureShortLinks(db, links)
  return new Map(links.map(({ deliveryId }, index) => [deliveryId, codes[index] ?? '']))
}
