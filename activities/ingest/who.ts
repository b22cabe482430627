/**
 * Whom a tracker's message is about. What a public key says proves nothing: anybody can say it who reads the website's
 * source. So an anonymous visitor may become a known lead, and nothing else is ever joined.
 */
import { inArray } from 'drizzle-orm'
import type { Queryable } from '#db/client.ts'
import { findIdentities, identitiesOf, identityKey, type LeadReference } from '#db/repositories/identities.ts'
import { leadIdentities, leads } from '#db/schema/leads.ts'

export type Names = Omit<LeadReference, 'id'>

export interface Resolution {
  /** One per message: the names to go by. */
  names: Names[]
  /** Anonymous leads that turn out to be known ones. */
  merges: { winnerId: string; loserId: string }[]
}

interface Known {
  id: string
  /** An address or an id of another system is theirs. */
  isNamed: boolean
  email: string | null
  hasExternalId: boolean
  source: string | null
}

/** Leads that a website's own key has made; only what it said is known of them. */
export const websiteSource = 'website'

/**
 * Decides in the order of the messages. An anonymous id that belongs to a named lead tells nothing of anybody else: when
 * the message names another person, it is left out (a shared computer). Names that belong to two named leads: the
 * strongest counts and the others are left out; two leads are joined by a person only.
 */
export async function resolveNames(db: Queryable, messages: readonly Names[], isPublic: boolean): Promise<Resolution> {
  const owners = await findIdentities(
    db,
    messages.flatMap((names) => identitiesOf(names)),
  )
  const known = await readKnown(db, [...new Set(owners.values())])
  const merges: Resolution['merges'] = []
  const become = (identity: string, owner: string) => owners.set(identity, owner)

  const names = messages.map((given): Names => {
    const kept: Names = { ...given }
    const at = (name: keyof Names): { key: string; lead: Known | undefined } | null => {
      const [identity] = kept[name] === undefined ? [] : identitiesOf({ [name]: kept[name] })
      if (identity === undefined) return null
      const key = identityKey(identity)
      return { key, lead: known.get(owners.get(key) ?? '') }
    }
    const external = at('externalId')
    const email = at('email')
    const anonymous = at('anonymousId')
    // Of two named leads the one by its id counts; what else is said of it is not its address.
    if (external?.lead !== undefined && email?.lead !== undefined && external.lead.id !== email.lead.id) {
      delete kept.email
    } else if (external?.lead !== undefined && email !== null && email.lead === undefined && isPublic) {
      // A first address may be told by the website that made the lead; a second, or for a lead from elsewhere, may not.
      if (external.lead.email !== null || external.lead.source !== websiteSource) delete kept.email
    } else if (external !== null && external.lead === undefined && email?.lead?.hasExternalId === true) {
      // The address is another system's id already: that lead is meant, under the id it has.
      delete kept.externalId
    }
    const person =
      (kept.externalId === undefined ? undefined : external?.lead) ??
      (kept.email === undefined ? undefined : email?.lead)
    const namesSomebody = kept.externalId !== undefined || kept.email !== undefined
    if (anonymous?.lead !== undefined && namesSomebody && person?.id !== anonymous.lead.id) {
      if (anonymous.lead.isNamed) delete kept.anonymousId
      else if (person === undefined) anonymous.lead.isNamed = true
      else {
        merges.push({ winnerId: person.id, loserId: anonymous.lead.id })
        for (const [key, owner] of owners) if (owner === anonymous.lead.id) become(key, person.id)
      }
    }
    return kept
  })
  return { names, merges }
}

async function readKnown(db: Queryable, ids: string[]): Promise<Map<string, Known>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: leads.id, email: leads.email, source: leads.source })
    .from(leads)
    .where(inArray(leads.id, ids))
  const identities = await db
    .select({ leadId: leadIdentities.leadId, kind: leadIdentities.kind })
    .from(leadIdentities)
    .where(inArray(leadIdentities.leadId, ids))
  const kinds = Map.groupBy(identities, ({ leadId }) => leadId)
  return new Map(
    rows.map(({ id, email, source }) => {
      const own = kinds.get(id) ?? []
      return [
        id,
        {
          id,
          email,
          source,
          isNamed: email !== null || own.some(({ kind }) => kind !== 'anonymous_id'),
          hasExternalId: own.some(({ kind }) => kind === 'external_id'),
        },
      ]
    }),
  )
}
