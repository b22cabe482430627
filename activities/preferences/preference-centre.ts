/** The preference centre: what a lead chooses itself, written through the one path for facts (PLAYBOOK A3, A12, B4). */
import type { Database, Transaction } from '#db/client.ts'
import { releaseHeld } from '#db/repositories/deliveries.ts'
import { lockReferenced } from '#db/repositories/events.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { liftOwnSuppressions } from '#db/repositories/lift-suppression.ts'
import { readPreferenceFacts, type PreferenceFacts } from '#db/repositories/preference-reads.ts'
import { transact } from '#db/transact.ts'
import type { Library } from '#engine/library.ts'
import {
  foldTopic,
  isRefused,
  preferenceFieldDefinitions,
  preferenceFields,
  refusedTopics,
} from '#engine/preferences.ts'
import { contactChannels, type ContactChannel } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'
import { isChannelAllowed } from './standing.ts'
import { unsubscribeWithin } from './unsubscribe.ts'
import { channelWording, objectionWording, stopAllWording, wordingVersion } from './wordings.ts'

const actor = 'preference_centre'

export type PreferenceAct =
  /** Everything on the page at once; repeating it changes nothing. */
  | {
      kind: 'save'
      /** Keys of the company's topics; others are left out. */
      topics: readonly string[]
      cadence: string | null
      /** First day on which we write again, `YYYY-MM-DD` in the lead's zone; null = no pause. */
      pausedUntil: string | null
      /** Channels whose box is ticked, of those that were shown. */
      allowed: readonly ContactChannel[]
      shown: readonly ContactChannel[]
    }
  /** From the unsubscribe page: less often, or without a topic. */
  | { kind: 'less'; cadence: string }
  | { kind: 'without_topic'; topic: string }
  | { kind: 'stop_all' }
  | { kind: 'object' }
  | { kind: 'take_back_objection' }

export interface PreferenceRequest {
  leadId: string
  deliveryId: string | null
  journeyId: string | null
  companyName: string
  act: PreferenceAct
}

interface Dependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

/** False: the lead is erased, nothing was written. */
export async function changePreferences(
  { db, poker, library }: Dependencies,
  request: PreferenceRequest,
): Promise<{ isKnown: boolean }> {
  const known = await library()
  const result = await transact(db, async (tx) => {
    const { locked } = await lockReferenced(tx, [{ id: request.leadId }])
    const lead = [...locked.values()].find(({ row }) => row.mergedInto === null)
    if (lead === undefined || lead.row.erasedAt !== null) return null
    const facts = await readPreferenceFacts(tx, lead.row.id)
    if (facts === null) return null
    const words = await withPreferenceFields(tx, known)
    return write(tx, { request: { ...request, leadId: lead.row.id }, facts, library: words, at: lead.now })
  })
  if (result === null) return { isKnown: false }
  await poker.poke([...new Set(result)], { priority: 1 })
  return { isKnown: true }
}

interface Ground {
  request: PreferenceRequest
  facts: PreferenceFacts
  library: Library
  at: number
}

/** Returns the leads to poke. */
async function write(tx: Transaction, ground: Ground): Promise<string[]> {
  const { act, companyName } = ground.request
  switch (act.kind) {
    case 'save':
      return save(tx, ground, act)
    case 'less':
      return setFields(tx, ground, { [preferenceFields.cadence]: cadenceOf(ground.library, act.cadence) })
    case 'without_topic': {
      const all = ground.library.policy.preferences.topics.map(({ key }) => key)
      const current = ground.facts.fields[preferenceFields.topics]
      if (!all.includes(act.topic)) return []
      const chosen = Array.isArray(current)
        ? current.filter((key) => all.includes(key))
        : all.filter((key) => !isRefused([key], ground.facts.fields))
      return setFields(tx, ground, {
        [preferenceFields.topics]: chosen.filter((key) => key !== act.topic),
        [preferenceFields.refusedTopics]: withTopics(refusedTopics(ground.facts.fields), [act.topic]),
      })
    }
    case 'stop_all':
      return stop(tx, ground, contactChannels, stopAllWording(companyName))
    case 'object': {
      const stopped = await stop(tx, ground, contactChannels, objectionWording(companyName))
      return [...stopped, ...(await setFields(tx, ground, { objected: true }))]
    }
    case 'take_back_objection':
      return setFields(tx, ground, { objected: false })
  }
}

async function save(tx: Transaction, ground: Ground, act: Extract<PreferenceAct, { kind: 'save' }>): Promise<string[]> {
  const { library, facts, request } = ground
  const { topics, cadences } = library.policy.preferences
  const standing = new Map(facts.channels.map((one) => [one.channel, one]))
  const leadIds: string[] = []
  for (const channel of act.shown) {
    const before = standing.get(channel)
    // What somebody else stopped no tick starts again; after an objection it is taken back first.
    if (before === undefined || before.stopped === 'other' || facts.objected) continue
    const wasTicked = isChannelAllowed(before, facts, ground.at, library.policy)
    const isTicked = act.allowed.includes(channel)
    const wording = channelWording(channel, request.companyName)
    // A box left as it was is no word of the lead's.
    if (wasTicked && !isTicked) leadIds.push(...(await stop(tx, ground, [channel], wording)))
    if (!wasTicked && isTicked) leadIds.push(...(await start(tx, ground, channel, wording)))
  }
  const changed = await setFields(tx, ground, {
    ...(topics.length === 0
      ? {}
      : topicWishes(
          facts,
          topics.map(({ key }) => key),
          act.topics,
        )),
    ...(cadences.length === 0 ? {} : { [preferenceFields.cadence]: cadenceOf(library, act.cadence) }),
    [preferenceFields.pausedUntil]: act.pausedUntil,
  })
  return [...leadIds, ...changed]
}

/**
 * A tick that was taken away is a no to the topic; a tick takes the no back. A box that was empty and stays so says
 * nothing: who never chose has refused nothing.
 */
function topicWishes({ fields }: PreferenceFacts, offered: readonly string[], ticked: readonly string[]) {
  const chosen = offered.filter((key) => ticked.includes(key))
  const before = fields[preferenceFields.topics]
  const left = Array.isArray(before) ? offered.filter((key) => before.includes(key) && !chosen.includes(key)) : []
  const isTicked = new Set(chosen.map(foldTopic))
  const refused = withTopics(refusedTopics(fields), left).filter((key) => !isTicked.has(foldTopic(key)))
  return {
    [preferenceFields.topics]: chosen.length === 0 ? null : chosen,
    [preferenceFields.refusedTopics]: refused.length === 0 ? null : refused,
  }
}

function withTopics(known: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...known, ...more])].sort()
}

async function stop(
  tx: Transaction,
  { request, library }: Ground,
  channels: readonly ContactChannel[],
  wording: string,
): Promise<string[]> {
  const { leadId, deliveryId, journeyId } = request
  const left = { leadId, channels, deliveryId, journeyId, source: actor, wording } as const
  return (await unsubscribeWithin(tx, left, library)).leadIds
}

/** The lead says yes again: its own no is lifted, and the yes is kept with what it read. */
async function start(
  tx: Transaction,
  { request: { leadId }, library, at }: Ground,
  channel: ContactChannel,
  wording: string,
): Promise<string[]> {
  const lifted = await liftOwnSuppressions(tx, { leadId, channels: [channel], actor, at })
  const granted = await applyLeadChanges(
    tx,
    (['nurture', 'promotional'] as const).map((purpose) => ({
      kind: 'set_consent' as const,
      leadId,
      purpose,
      channel,
      state: 'granted' as const,
      wording,
      wordingVersion,
      mechanism: 'checkbox',
    })),
    { library, actor, at, priority: 1 },
  )
  return [...lifted.leadIds, ...granted.leadIds]
}

/** Sets lead fields; what the mailroom held for an earlier wish is looked at again. */
async function setFields(
  tx: Transaction,
  { request: { leadId }, library, at }: Ground,
  fields: Record<string, string | string[] | boolean | null>,
): Promise<string[]> {
  const changes = Object.entries(fields).map(([field, value]): LeadChange => ({
    kind: 'set_field',
    leadId,
    field,
    value,
  }))
  const result = await applyLeadChanges(tx, changes, { library, actor, at, priority: 1 })
  if (result.changedLeadIds.length > 0) await releaseHeld(tx, { leadId })
  return result.leadIds
}

function cadenceOf(library: Library, key: string | null): string | null {
  return library.policy.preferences.cadences.find((cadence) => cadence.key === key)?.key ?? null
}

/**
 * The library with the fields that hold preferences, which are defined here when the first lead chooses, and again when the
 * company offers other topics. A field of that name but another type is the company's own and stays.
 */
async function withPreferenceFields(tx: Transaction, library: Library): Promise<Library> {
  const missing = preferenceFieldDefinitions(library.policy.preferences).filter((wanted) => {
    const existing = library.fields[wanted.key]
    if (existing === undefined) return true
    return (
      existing.type === wanted.type &&
      (existing.options ?? []).join() !== ('options' in wanted ? wanted.options : []).join()
    )
  })
  if (missing.length === 0) return library
  await saveResources(tx, { fields: missing })
  return { ...library, fields: { ...library.fields, ...Object.fromEntries(missing.map((one) => [one.key, one])) } }
}
