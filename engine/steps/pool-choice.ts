/** "Next best asset": which of a pool's assets a lead gets next. Pure; the same facts give the same choice. */
import { z } from 'zod'
import { findField } from '../fields.ts'
import type { Facts, Instant } from '../facts.ts'
import type { Asset, Library } from '../library.ts'
import { foldTopic, isRefused, preferenceFields, refusedTopics } from '../preferences.ts'
import { formatLocalDate } from '../schedule/calendar.ts'
import { toLocal } from '../schedule/zone.ts'
import { optionalReferenceField } from './config-fields.ts'
import { lookUp } from './lookup.ts'
import { problem, type StepIssue } from './problems.ts'

/** How a pool is narrowed to what fits the lead. */
export const choiceFields = {
  topics: z
    .array(z.string().min(1).max(100))
    .max(50)
    .default([])
    .meta({
      title: 'Topics',
      description: 'Only assets on one of these topics (assets without a topic suit everyone).',
      picks: 'topic',
      ui: { section: 'Which asset', empty: 'Any topic' },
    }),
  topicField: optionalReferenceField(
    'field',
    'Topics from field',
    'A lead field whose value names the topics, for example its interest.',
    { section: 'Which asset', advanced: true },
  ),
  topicTags: z
    .boolean()
    .default(false)
    .meta({
      title: 'Topics from tags',
      description: "The lead's tags name the topics.",
      ui: { section: 'Which asset', advanced: true },
    }),
  matchStage: z
    .boolean()
    .default(true)
    .meta({
      title: 'Match the stage',
      description: "Leave out assets made for other stages than the lead's.",
      ui: { section: 'Which asset' },
    }),
  allowPromotional: z
    .boolean()
    .default(false)
    .meta({
      title: 'Allow promotional assets',
      description: 'Nurture steps give educational assets only, unless this is ticked.',
      ui: { section: 'Which asset', advanced: true },
    }),
}
/** The parsed fields of `choiceFields`. */
export type ChoiceConfig = z.infer<z.ZodObject<typeof choiceFields>>

/** What a choice looks at. */
export interface ChoiceContext {
  facts: Facts
  library: Library
  now: Instant
  zone: string
}

/** Copies of an asset share a lineage; alone it is its own. */
export function lineageOf(asset: Asset): string {
  return asset.lineage ?? asset.key
}

/** Received in any journey, or on its way. */
export function hasSeen(asset: Asset, facts: Facts): boolean {
  const lineage = lineageOf(asset)
  if (lookUp(facts.received, lineage) !== undefined) return true
  return facts.deliveries.some(
    ({ assetLineage, status }) =>
      assetLineage === lineage &&
      (status === 'queued' || status === 'sending' || status === 'accepted' || status === 'unknown'),
  )
}

/** Past its last day, read on the lead's calendar. */
export function hasExpired(asset: Asset, now: Instant, zone: string): boolean {
  return asset.expiresOn !== undefined && formatLocalDate(toLocal(now, zone)) > asset.expiresOn
}

/**
 * The pool's assets this lead may get, best first: educational before promotional, lowest commitment first, made for
 * one of its topics before made for anyone, then the pool's own order. Empty when the pool is dry for this lead (or is
 * gone). Copies of one asset appear once. What is on a topic the lead refused is left out.
 */
export function rankAssets(
  poolKey: string,
  config: ChoiceConfig,
  promotionalAllowed: boolean,
  context: ChoiceContext,
): Asset[] {
  const { facts, library, now, zone } = context
  const members = (lookUp(library.pools, poolKey)?.assets ?? []).flatMap((key) => lookUp(library.assets, key) ?? [])
  const wanted = wantedTopics(config, facts, members)
  const fits = (asset: Asset): boolean =>
    (asset.kind === 'educational' || promotionalAllowed) &&
    (!config.matchStage || asset.stages.length === 0 || asset.stages.includes(facts.stage)) &&
    !isRefused(asset.topics, facts.fields) &&
    (wanted === null || asset.topics.length === 0 || isOn(asset, wanted)) &&
    !hasExpired(asset, now, zone) &&
    !hasSeen(asset, facts)
  const rank = (asset: Asset): number =>
    (asset.kind === 'educational' ? 0 : 100) + asset.commitment * 2 + (wanted !== null && isOn(asset, wanted) ? 0 : 1)
  // Array sort is stable: equal ranks keep the pool's order.
  const ranked = members.filter(fits).sort((one, other) => rank(one) - rank(other))
  const lineages = new Set<string>()
  return ranked.filter((asset) => {
    const lineage = lineageOf(asset)
    if (lineages.has(lineage)) return false
    lineages.add(lineage)
    return true
  })
}

/** FIELD_UNKNOWN at `topicField` when there is no such lead field. */
export function checkChoice(config: ChoiceConfig, library: Library): StepIssue[] {
  const { topicField } = config
  if (topicField === undefined || findField(topicField, library) !== null) return []
  return [
    problem('FIELD_UNKNOWN', ['topicField'], `There is no lead field "${topicField}"; define it or choose another.`),
  ]
}

/**
 * Folded topic names; null = nothing is known of the lead's interests, so nothing is left out. Of the tags only those
 * that are a topic of this pool: "Ringing" says nothing about interests. A lead that has given up its last topic is known
 * to want none: the set is empty then.
 */
function wantedTopics(
  { topics, topicField, topicTags }: ChoiceConfig,
  facts: Facts,
  members: readonly Asset[],
): Set<string> | null {
  const value = topicField === undefined ? undefined : lookUp(facts.fields, topicField)
  const fromField = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[;,]/) : []
  const wanted = new Set([...topics, ...fromField].map(foldTopic).filter((topic) => topic !== ''))
  if (topicTags) {
    const tags = new Set(Object.keys(facts.tags).map(foldTopic))
    for (const topic of members.flatMap((asset) => asset.topics.map(foldTopic))) if (tags.has(topic)) wanted.add(topic)
  }
  // A set that holds nothing is null, like one that was never filled: the refusal tells them apart.
  const gaveUpAll =
    topicField === preferenceFields.topics && fromField.length === 0 && refusedTopics(facts.fields).length > 0
  return wanted.size > 0 || gaveUpAll ? wanted : null
}

function isOn(asset: Asset, wanted: ReadonlySet<string>): boolean {
  return asset.topics.some((topic) => wanted.has(foldTopic(topic)))
}
