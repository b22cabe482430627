import type { Client } from '@temporalio/client'
import {
  liftByPerson,
  readWishes,
  optOut,
  recordConsent as record,
  recordObjection as object,
} from '#activities/leads/consent.ts'
import { eraseLead as erase, erasureConfirmation, previewErasure as preview } from '#activities/leads/erase-lead.ts'
import { exportLead as writeExport } from '#activities/leads/export-lead.ts'
import { mayContact } from '#activities/leads/may-contact.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import type { GateExplanation } from '#engine/gate/explain.ts'
import type { Library } from '#engine/library.ts'
import {
  eraseLead,
  exportLead,
  liftSuppression,
  listConsents,
  mayContactLead,
  mergeLead,
  optOutLead,
  previewErasure,
  recordConsent,
  recordObjection,
} from '../contract/compliance.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, streamed, type Implementation } from '../routing.ts'
import { requireLead } from './leads.ts'

export function complianceRoutes(deps: {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  client: Client
  now: () => number
}): Implementation[] {
  const { db, poker, library, client, now } = deps
  return [
    implement(listConsents, async ({ params }) => {
      const lead = await requireLead(db, params.id)
      const { ledger, suppressions } = await readWishes(db, lead.id)
      const seen = new Set<string>()
      return ok({
        consents: ledger.map((row) => {
          const key = `${row.purpose}:${row.channel}`
          const isCurrent = !seen.has(key)
          seen.add(key)
          const { purpose, channel, state, basis, wording, wordingVersion, mechanism, source, actor } = row
          return {
            purpose,
            channel,
            state,
            basis,
            wording,
            wordingVersion,
            mechanism,
            source,
            actor,
            isCurrent,
            at: toInstant(row.at),
            expiresAt: toInstantOrNull(row.expiresAt),
          }
        }),
        suppressions: suppressions.map(({ channel, reason, source, at }) => ({
          channel,
          reason,
          source,
          at: toInstant(at),
        })),
        objected: lead.objected,
      })
    }),

    implement(recordConsent, async ({ params, body }, { actor }) => {
      const lead = await requireLead(db, params.id)
      const { expiresAt, ...rest } = body
      const done = await record(deps, {
        leadId: lead.id,
        ...rest,
        ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : Date.parse(expiresAt) }),
        actor,
      })
      if (!done.isKnown) throw gone(lead.id)
      return ok({ leadId: done.leadId })
    }),

    implement(recordObjection, async ({ params, body }, { actor }) => {
      const lead = await requireLead(db, params.id)
      const done = await object(deps, { leadId: lead.id, ...body, actor })
      if (!done.isKnown) throw gone(lead.id)
      return ok({ leadId: done.leadId })
    }),

    implement(optOutLead, async ({ params, body }, { actor }) => {
      const lead = await requireLead(db, params.id)
      const { isKnown, cancelled, underWay } = await optOut(deps, { leadId: lead.id, ...body, actor })
      if (!isKnown) throw gone(lead.id)
      return ok({ cancelled: [...cancelled], underWay: [...underWay] })
    }),

    implement(liftSuppression, async ({ params, body }, { actor }) => {
      const lead = await requireLead(db, params.id)
      const { isKnown, lifted } = await liftByPerson(deps, { leadId: lead.id, ...body, actor })
      if (!isKnown) throw gone(lead.id)
      return ok({ lifted })
    }),

    implement(mayContactLead, async ({ params, query }) => {
      const at = query.at === undefined ? undefined : Date.parse(query.at)
      const found = await mayContact(db, params.id, await library(), at)
      if (found === null) throw missing(params.id)
      return ok({
        leadId: found.leadId,
        now: new Date(found.now).toISOString(),
        answers: found.answers.map(({ channel, purpose, decision: { allowed, notBefore, why } }) => ({
          channel,
          purpose,
          allowed,
          notBefore: notBefore === null ? null : new Date(notBefore).toISOString(),
          why: why === null ? null : presentWhy(why),
        })),
      })
    }),

    implement(exportLead, async ({ params }, { actor }) => {
      const pieces = await writeExport(db, { leadId: params.id, actor, at: new Date(now()) })
      if (pieces === null) throw missing(params.id)
      return streamed(pieces)
    }),

    implement(previewErasure, async ({ params }) => {
      const found = await preview(db, params.id)
      if (found === null) throw missing(params.id)
      return ok(found)
    }),

    implement(eraseLead, async ({ params, body }, { actor }) => {
      const found = await preview(db, params.id)
      if (found === null) throw missing(params.id)
      if (body.confirm !== found.confirm) {
        const message = `"${body.confirm}" does not confirm the erasure of lead "${found.leadId}"; send "${erasureConfirmation(found.leadId)}".`
        throw new HttpProblem('CONFIRMATION_WRONG', message)
      }
      const done = await erase({ db, client }, { leadId: params.id, actor, reason: body.reason })
      if (!done.erased) throw missing(params.id)
      if (done.runsDeleted === null) {
        throw new HttpProblem(
          'TEMPORAL_UNAVAILABLE',
          'The person is erased from the database; Temporal, which holds ids only, could not be reached. Send this again.',
        )
      }
      return ok({ leadId: done.leadId, runsDeleted: done.runsDeleted })
    }),

    implement(mergeLead, async ({ params, body }, { actor }) => {
      await requireLead(db, params.id)
      await requireLead(db, body.loserId)
      const done = await mergeLeads({ db, poker }, { winnerId: params.id, loserId: body.loserId, actor })
      if (!done.merged) throw new HttpProblem('MERGE_NOT_POSSIBLE', done.reason)
      return ok({ leadId: params.id })
    }),
  ]
}

function presentWhy({ reason, words, rule, citation, facts, remedy }: GateExplanation) {
  return { reason, words, rule, citation, facts, remedy }
}

function missing(id: string): HttpProblem {
  return new HttpProblem('LEAD_NOT_FOUND', `There is no lead "${id}".`)
}

function gone(id: string): HttpProblem {
  return new HttpProblem('LEAD_GONE', `Lead "${id}" was erased; nothing can be recorded about it.`)
}
