import { upsertLead as upsert } from '#activities/leads/upsert-lead.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database, Queryable } from '#db/client.ts'
import {
  findLead,
  listLeadRows,
  readLeadExtras,
  type LeadRow,
  type LeadSummaryRow,
} from '#db/repositories/lead-reads.ts'
import type { IncomingLead } from '#db/repositories/upsert-leads.ts'
import type { FieldValue } from '#engine/facts.ts'
import { coreFields, findField, parseFieldValue } from '#engine/fields.ts'
import type { FieldType, Library } from '#engine/library.ts'
import { getLead, listLeads, upsertLead, type Lead, type LeadSummary, type UpsertLeadBody } from '../contract/leads.ts'
import type { ProblemIssue } from '../contract/problem.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'

export function leadRoutes(deps: { db: Database; poker: Poker; library: () => Promise<Library> }): Implementation[] {
  const { db, library } = deps
  return [
    implement(listLeads, async ({ query }) => {
      const rows = await listLeadRows(db, {
        limit: query.limit + 1,
        cursor: readCursor(query.cursor),
        search: query.search,
      })
      return ok(toPage(rows, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }), presentLeadSummary))
    }),

    implement(getLead, async ({ params }) => {
      const lead = await requireLead(db, params.id)
      const [extras, { fields }] = await Promise.all([readLeadExtras(db, lead.id), library()])
      return ok(presentLead(lead, extras, fields))
    }),

    implement(upsertLead, async ({ body }, { actor }) => {
      const result = await upsert(deps, {
        lead: toIncomingLead(body, await library()),
        removeTags: body.removeTags,
        actor,
      })
      if (!result.done) {
        const issues = result.refused.map(({ field, message }) => fieldIssue(field ?? '', message, result.code))
        throw new HttpProblem(result.code, result.message, { issues })
      }
      const { leadId: id, outcome } = result
      return outcome === 'created' ? reply(201, { id, outcome }) : ok({ id, outcome })
    }),
  ]
}

/** The lead, or the one it was merged into. @throws {HttpProblem} LEAD_NOT_FOUND */
export async function requireLead(db: Queryable, id: string): Promise<LeadRow> {
  const lead = await findLead(db, id)
  if (lead === null) throw new HttpProblem('LEAD_NOT_FOUND', `There is no lead "${id}".`)
  return lead
}

export function presentLeadSummary(lead: LeadSummaryRow): LeadSummary {
  const { company, stage, attention, score, createdAt } = lead
  return { ...presentLeadName(lead), company, stage, attention, score, createdAt: toInstant(createdAt) }
}

/** The lead as the repositories take it. @throws {HttpProblem} LEAD_INVALID with every field that does not fit. */
function toIncomingLead(body: UpsertLeadBody, library: Library): IncomingLead {
  const given = new Map<string, unknown>(Object.entries(body.fields))
  for (const { key, core, readOnly } of coreFields) {
    const value = (body as Record<string, unknown>)[core.property]
    if (!readOnly && key !== 'email' && value !== undefined) given.set(key, value)
  }
  const fields: Record<string, FieldValue> = {}
  const issues: ProblemIssue[] = []
  for (const [key, value] of given) {
    const field = findField(key, library)
    if (field === null) issues.push(fieldIssue(key, `There is no field "${key}"; define it first.`, 'FIELD_UNKNOWN'))
    else if (field.readOnly) issues.push(fieldIssue(key, `"${field.label}" cannot be set here.`, 'FIELD_READ_ONLY'))
    else {
      const parsed = parseFieldValue(field, value)
      if (parsed.ok) fields[key] = parsed.value
      else issues.push(fieldIssue(key, parsed.message, 'FIELD_INVALID'))
    }
  }
  if (issues.length > 0) throw new HttpProblem('LEAD_INVALID', issues[0]?.message ?? '', { issues })
  const { email, externalId, anonymousId, stage, attention } = body
  return {
    email,
    externalId,
    anonymousId,
    fields,
    tags: body.addTags,
    ...(stage === undefined ? {} : { stage }),
    ...(attention === undefined ? {} : { attention }),
  }
}

function fieldIssue(key: string, message: string, code: string): ProblemIssue {
  return { code, severity: 'error', path: ['body', 'fields', key], message }
}

function presentLead(
  lead: LeadRow,
  extras: Awaited<ReturnType<typeof readLeadExtras>>,
  custom: Library['fields'],
): Lead {
  return {
    ...presentLeadSummary(lead),
    phone: lead.phone,
    firstName: lead.firstName,
    lastName: lead.lastName,
    title: lead.title,
    addressLine1: lead.addressLine1,
    city: lead.city,
    region: lead.region,
    postalCode: lead.postalCode,
    country: lead.country,
    language: lead.language,
    zone: lead.zone,
    source: lead.source,
    ownerId: lead.ownerId,
    doNot: { email: lead.doNotEmail, postcard: lead.doNotMail, phone: lead.doNotCall },
    suppressed: extras.suppressed.map(({ at, ...entry }) => ({ ...entry, at: toInstant(at) })),
    fields: Object.fromEntries(
      Object.entries(lead.fields).map(([key, value]) => [key, presentField(custom[key]?.type, value)]),
    ),
    tags: extras.tags,
    identities: extras.identities,
    lastActivityAt: toInstantOrNull(lead.lastActivityAt),
    updatedAt: toInstant(lead.updatedAt),
    erasedAt: toInstantOrNull(lead.erasedAt),
  }
}

/** Instants are kept as numbers; the contract writes them as ISO 8601. */
function presentField(type: FieldType | undefined, value: FieldValue): FieldValue {
  return type === 'datetime' && typeof value === 'number' ? new Date(value).toISOString() : value
}
