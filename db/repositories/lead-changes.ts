/**
 * The one way lead facts are written, for the API, imports, screens and steps alike: the change, its history, and what
 * follows from it (who waits is woken, triggers fire, watched segments are compared) in one transaction. ADR 0006.
 */
import type { Instant } from '#engine/facts.ts'
import { endOfStage } from '#engine/tasks/pointless.ts'
import type { Transaction } from '../client.ts'
import { announceChanges, type AnnounceOptions } from './announce.ts'
import { withdrawCalls } from './call-tasks.ts'
import { claimEmails } from './identities.ts'
import { addInputs } from './inputs.ts'
import { applyToDraft, startDraft, type LeadChange, type LeadDraft, type RefusedChange } from './lead-draft.ts'
import { lockLeads } from './lead-locks.ts'
import { writeConsents, writeHistory, writeLeads, writeTags } from './lead-writes.ts'
import { closePointless } from './pointless-tasks.ts'
import { listNumbers, recallAddresses, rememberedSource } from './suppression-memory.ts'
import { suppressLead } from './suppressions.ts'

export type { LeadChange, RefusedChange } from './lead-draft.ts'

export interface LeadChangeOptions extends AnnounceOptions {
  /** Who: a user, a key, `journey:<id>`, `import:<id>`. Kept with tags, history and consents. */
  actor: string
  /** When, in the lead's own clock. @default the lead's present */
  at?: Instant
  /** Kept with a stage or attention change that brings no reason of its own. @default '' */
  reason?: string
}

export interface LeadChangeResult {
  /** Leads with new inputs: poke them after the commit. */
  leadIds: string[]
  /** Input rows written. */
  inputs: number
  /** Leads whose facts are not what they were. */
  changedLeadIds: string[]
  /** Changes that were not made (unknown field, wrong value, address of another lead, lead gone); the others were. */
  refused: RefusedChange[]
}

/** Leads per round of statements. */
const chunkSize = 1000

/**
 * Applies changes in their order. Locks the leads in id order first; a caller that holds a lead's lock (a turn) may call
 * it, with `skipWaiting`. A change to the value a lead has already is none: no history, no input, no trigger. Leads that
 * are erased or merged are left alone and listed in `refused`. About ten statements per 1,000 leads.
 */
export async function applyLeadChanges(
  tx: Transaction,
  changes: readonly LeadChange[],
  options: LeadChangeOptions,
): Promise<LeadChangeResult> {
  const byLead = new Map<string, LeadChange[]>()
  for (const change of changes) {
    const list = byLead.get(change.leadId)
    if (list === undefined) byLead.set(change.leadId, [change])
    else list.push(change)
  }
  const ids = [...byLead.keys()].sort()
  const result: LeadChangeResult = { leadIds: [], inputs: 0, changedLeadIds: [], refused: [] }
  for (let start = 0; start < ids.length; start += chunkSize) {
    await applyChunk(tx, ids.slice(start, start + chunkSize), byLead, options, result)
  }
  return result
}

async function applyChunk(
  tx: Transaction,
  leadIds: readonly string[],
  byLead: ReadonlyMap<string, readonly LeadChange[]>,
  options: LeadChangeOptions,
  result: LeadChangeResult,
): Promise<void> {
  const locked = await lockLeads(tx, leadIds)
  const drafts: LeadDraft[] = []
  for (const leadId of leadIds) {
    const lead = locked.get(leadId)
    if (lead === undefined || lead.row.erasedAt !== null || lead.row.mergedInto !== null) {
      result.refused.push({ leadId, message: lead === undefined ? 'There is no such lead.' : 'The lead is gone.' })
      continue
    }
    const draft = startDraft(lead, options.at ?? lead.now)
    for (const change of byLead.get(leadId) ?? []) applyToDraft(draft, change, options.reason ?? '', options.library)
    drafts.push(draft)
  }
  await claimEmails(tx, drafts, locked)
  await writeLeads(tx, drafts)
  await writeHistory(tx, drafts, options.actor)
  await writeTags(tx, drafts, options.actor)
  await recallSuppressions(tx, drafts)
  const unblocked: string[] = []
  for (const { leadId, at, suppressions } of drafts) {
    for (const { channels, reason } of suppressions) {
      const { leadIds } = await suppressLead(tx, {
        leadId,
        channels,
        reason,
        source: options.actor,
        at,
        skipWaiting: options.skipWaiting ?? false,
      })
      unblocked.push(...leadIds)
    }
  }
  const notToCall = drafts.filter(
    ({ keys, columns, consents }) =>
      (keys.has('field:do_not_call') && columns.doNotCall) ||
      (keys.has('field:objected') && columns.objected) ||
      consents.some(
        ({ purpose, channel, state }) => purpose === 'nurture' && channel === 'phone' && state === 'denied',
      ),
  )
  await withdrawCalls(tx, notToCall, options.actor)
  const listed = notToCall.filter(({ keys, columns }) => keys.has('field:do_not_call') && !columns.isTest)
  await listNumbers(
    tx,
    listed.map(({ columns }) => columns),
    Date.now(),
  )
  await writeConsents(tx, drafts, options.actor)
  const endings = drafts.flatMap(({ leadId, at, history, columns }) => {
    const end = history.some(({ kind }) => kind === 'stage') ? endOfStage(columns.stage) : null
    return end === null ? [] : [{ leadId, at, end }]
  })
  const ended = await closePointless(tx, endings, options.actor)
  await addInputs(tx, ended, options.priority)

  const announced = await announceChanges(
    tx,
    drafts.map(({ leadId, at, keys, happenings }) => ({ leadId, at, keys: [...keys], happenings })),
    options,
  )
  result.leadIds.push(...announced.leadIds, ...unblocked, ...ended.map(({ leadId }) => leadId))
  result.inputs += announced.inputs + ended.length
  result.changedLeadIds.push(...drafts.filter((draft) => draft.keys.size > 0).map((draft) => draft.leadId))
  result.refused.push(...drafts.flatMap((draft) => draft.refused))
}

/**
 * Who opted out under an address before stays opted out under it (suppression-memory.ts): drafts whose address is new get
 * the suppressions that are remembered of it.
 */
export async function recallSuppressions(tx: Transaction, drafts: readonly LeadDraft[]): Promise<void> {
  const changed = drafts.filter(
    ({ keys, columns }) => !columns.isTest && (keys.has('field:email') || keys.has('field:phone')),
  )
  const recalled = await recallAddresses(
    tx,
    changed.map(({ leadId, columns: { email, phone, country } }) => ({ leadId, email, phone, country })),
  )
  for (const { leadId, at } of changed) {
    for (const [channel, reason] of recalled.get(leadId) ?? []) {
      await suppressLead(tx, { leadId, channels: [channel], reason, source: rememberedSource, at, skipWaiting: true })
    }
  }
  for (const draft of changed) {
    for (const channel of recalled.get(draft.leadId)?.keys() ?? []) draft.keys.add(`suppression:${channel}`)
  }
}
