/** What a lead has chosen and what is stored about it, in short: for its own eyes. */
import { sql } from 'drizzle-orm'
import type { FieldValue } from '#engine/facts.ts'
import { contactChannels, type ConsentBasis, type ContactChannel } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'

/** Whether we may write to or call the lead, as things stand. */
export interface ChannelStanding {
  channel: ContactChannel
  /** Why not; null = nothing stands against it. `own`: the lead's own word, which it can take back. */
  stopped: 'own' | 'other' | null
  /** The latest word on nurture in the ledger, and on what ground; one that has run out is none. */
  consent: 'granted' | 'denied' | null
  basis: ConsentBasis | null
  /** An address (or a number) is known. */
  isReachable: boolean
}

export interface PreferenceFacts {
  channels: ChannelStanding[]
  objected: boolean
  /** As it stands in the lead's address. */
  country: string | null
  fields: Record<string, FieldValue>
  stored: {
    name: string
    company: string
    email: string
    phone: string
    city: string
    source: string
    since: Date
    messages: number
    events: number
  }
}

type Row = {
  doNot: Record<ContactChannel, boolean>
  suppressed: Partial<Record<ContactChannel, string>> | null
  consents: Partial<Record<ContactChannel, { state: 'granted' | 'denied' | null; basis: ConsentBasis }>> | null
  objected: boolean
  country: string | null
  fields: Record<string, FieldValue>
  stored: Omit<PreferenceFacts['stored'], 'since' | 'name'> & { since: string; firstName: string; lastName: string }
  hasStreet: boolean
}

/** Null when there is no such lead. One statement over indexes of the lead. */
export async function readPreferenceFacts(db: Queryable, leadId: string): Promise<PreferenceFacts | null> {
  const [row] = await db.execute<Row & Record<string, unknown>>(sql`
    select json_build_object('email', l.do_not_email, 'postcard', l.do_not_mail, 'phone', l.do_not_call) as "doNot",
           (select json_object_agg(s.channel, s.reason) from suppressions s where s.lead_id = l.id) as suppressed,
           (select json_object_agg(c.channel, json_build_object('state', c.state, 'basis', c.basis)) from (
              select distinct on (channel) channel, basis,
                     case when state = 'denied' or expires_at is null or expires_at > now() then state end as state
                from consents
               where lead_id = l.id and purpose = 'nurture' order by channel, id desc) c) as consents,
           l.objected, l.country, l.fields, coalesce(l.address_line1, '') <> '' as "hasStreet",
           json_build_object(
             'firstName', coalesce(l.first_name, ''), 'lastName', coalesce(l.last_name, ''),
             'company', coalesce(l.company, ''), 'email', coalesce(l.email, ''), 'phone', coalesce(l.phone, ''),
             'city', coalesce(l.city, ''), 'source', coalesce(l.source, ''), 'since', l.created_at,
             'messages', (select count(*) from deliveries d where d.lead_id = l.id and d.status = 'accepted'),
             'events', (select coalesce(sum(t.count), 0) from event_totals t where t.lead_id = l.id)) as stored
      from leads l where l.id = ${leadId}`)
  if (row === undefined) return null
  const { doNot, suppressed, consents, objected, country, fields, stored, hasStreet } = row
  const { firstName, lastName, since, ...rest } = stored
  const reachable = { email: rest.email !== '', postcard: hasStreet, phone: rest.phone !== '' }
  return {
    channels: contactChannels.map((channel) => {
      const reason = suppressed?.[channel]
      const { state: consent = null, basis = null } = consents?.[channel] ?? {}
      const isOther = doNot[channel] || (reason !== undefined && reason !== 'unsubscribed')
      const isOwn = reason === 'unsubscribed' || consent === 'denied'
      const stopped = isOther ? 'other' : isOwn ? 'own' : null
      return { channel, stopped, consent, basis, isReachable: reachable[channel] }
    }),
    objected,
    country,
    fields,
    stored: { ...rest, name: `${firstName} ${lastName}`.trim(), since: new Date(since) },
  }
}
