/** One locked lead with its changes applied in memory, before they are written in bulk. Pure. */
import type { Dependency } from '#engine/conditions/evaluation.ts'
import type { Happening } from '#engine/entry/happening.ts'
import type { FieldValue, Instant } from '#engine/facts.ts'
import { findField, foldedFields, parseFieldValue } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { tightenWish } from '#engine/preferences.ts'
import { cleanText } from '#engine/text.ts'
import type { Attention, ConsentBasis, ContactChannel, Stage } from '#engine/vocabulary.ts'
import type { LockedLead } from './lead-locks.ts'

/**
 * A change of a lead's facts. The kinds and their shapes are those of the steps' commands, so that a turn passes them on.
 * `onlyTighten`: a wish of the lead's own is not loosened (`tightenWish`).
 */
export type LeadChange = { leadId: string } & (
  | { kind: 'set_field'; field: string; value: FieldValue; onlyTighten?: boolean }
  | { kind: 'set_stage'; stage: Stage; reason?: string }
  | { kind: 'set_attention'; attention: Attention; reason?: string }
  | { kind: 'add_score'; delta: number; reason?: string }
  | { kind: 'add_tag'; tag: string }
  | { kind: 'remove_tag'; tag: string }
  | { kind: 'suppress'; channels: ContactChannel[]; reason: string }
  | {
      kind: 'set_consent'
      purpose: 'nurture' | 'promotional'
      channel: ContactChannel
      state: 'granted' | 'denied'
      wording: string
      /** Version of the text shown. @default '' */
      wordingVersion?: string
      /** @default 'consent' */
      basis?: ConsentBasis
      /** How it was given or taken back: `checkbox`, `spoken`, `one_click`… @default '' */
      mechanism?: string
      /** Where: a page, a form. @default the actor */
      source?: string
      /** Null = until withdrawn. Absent = as long as the basis lasts (`basisLasts`). */
      expiresAt?: Instant | null
    }
)

/** A change that was not made, and why: the others of the call were. */
export interface RefusedChange {
  leadId: string
  field?: string
  message: string
}

interface HistoryEntry {
  kind: 'stage' | 'attention'
  from: string
  to: string
  reason: string
}

/** The lead as it will be. */
export interface LeadDraft {
  leadId: string
  at: Instant
  columns: LockedLead['row']
  /** Tags in the order asked for; the last word on each tag counts. */
  tags: Map<string, 'add' | 'remove'>
  history: HistoryEntry[]
  suppressions: { channels: ContactChannel[]; reason: string }[]
  consents: Extract<LeadChange, { kind: 'set_consent' }>[]
  /** What differs from before, for those who wait on it. */
  keys: Set<Dependency>
  happenings: Happening[]
  refused: RefusedChange[]
  /** True when the row of `leads` has to be written. */
  isDirty: boolean
}

/** A draft without changes. `at` is when they are made, in the lead's own clock. */
export function startDraft(lead: LockedLead, at: Instant): LeadDraft {
  return {
    leadId: lead.row.id,
    at,
    columns: { ...lead.row, fields: { ...lead.row.fields } },
    tags: new Map(),
    history: [],
    suppressions: [],
    consents: [],
    keys: new Set(),
    happenings: [],
    refused: [],
    isDirty: false,
  }
}

/** Applies one change; `reason` is used when the change has none of its own. A change to the same value is none. */
export function applyToDraft(draft: LeadDraft, change: LeadChange, reason: string, library: Library): void {
  const { columns } = draft
  switch (change.kind) {
    case 'set_field':
      setField(draft, change, library)
      return
    case 'set_stage':
      if (columns.stage === change.stage) return
      draft.history.push({
        kind: 'stage',
        from: columns.stage,
        to: change.stage,
        reason: change.reason ?? reason,
      })
      columns.stage = change.stage
      touch(draft, 'stage')
      return
    case 'set_attention':
      if (columns.attention === change.attention) return
      draft.history.push({
        kind: 'attention',
        from: columns.attention,
        to: change.attention,
        reason: change.reason ?? reason,
      })
      columns.attention = change.attention
      touch(draft, 'attention')
      return
    case 'add_score': {
      const from = columns.score
      const to = from + change.delta
      if (!Number.isFinite(to)) {
        draft.refused.push({ leadId: draft.leadId, field: 'score', message: `"${String(change.delta)}" is no number.` })
        return
      }
      if (to === from) return
      columns.score = to
      draft.happenings.push({ kind: 'score_changed', key: new Date(draft.at).toISOString(), at: draft.at, from, to })
      touch(draft, 'score')
      return
    }
    case 'add_tag':
      draft.tags.set(cleanText(change.tag), 'add')
      return
    case 'remove_tag':
      draft.tags.set(cleanText(change.tag), 'remove')
      return
    case 'suppress':
      draft.suppressions.push({ channels: change.channels, reason: change.reason })
      return
    case 'set_consent':
      draft.consents.push(change)
      // Who rests on a call looks again, as after a suppression.
      if (change.channel === 'phone' && change.state === 'denied') draft.keys.add('suppression:phone')
      return
  }
}

function setField(
  draft: LeadDraft,
  { field: key, value: raw, onlyTighten = false }: Extract<LeadChange, { kind: 'set_field' }>,
  library: Library,
): void {
  const { columns, leadId } = draft
  const field = findField(key, library)
  if (field === null) {
    draft.refused.push({ leadId, field: key, message: `There is no lead field "${key}"; define it first.` })
    return
  }
  if (field.readOnly) {
    draft.refused.push({
      leadId,
      field: key,
      message: `The field "${key}" is not set directly; it has its own change.`,
    })
    return
  }
  const parsed = parseFieldValue(field, raw)
  if (!parsed.ok) {
    draft.refused.push({ leadId, field: key, message: parsed.message })
    return
  }
  if (field.core === undefined) {
    const current = columns.fields[key] ?? null
    const value = onlyTighten ? tightenWish(key, current, parsed.value) : parsed.value
    if (isSame(current, value)) return
    if (value === null) {
      columns.fields = Object.fromEntries(Object.entries(columns.fields).filter(([name]) => name !== key))
    } else columns.fields[key] = value
  } else {
    const stored = columns as unknown as Record<string, FieldValue>
    // Flags are never unknown: clearing one means "no".
    const wanted = field.type === 'boolean' ? (parsed.value ?? false) : parsed.value
    const current = stored[field.core.property] ?? null
    const value = onlyTighten ? tightenWish(key, current, wanted) : wanted
    if (isSame(current, value)) return
    stored[field.core.property] = value
  }
  touch(draft, key)
  // Its calls are withdrawn: who rests on one looks again, as after a suppression.
  if (key === 'objected' && columns.objected) draft.keys.add('suppression:phone')
  if (field.type === 'text') columns.folded = foldedFields({ ...columns }, columns.fields, library)
}

function touch(draft: LeadDraft, field: string): void {
  draft.isDirty = true
  draft.keys.add(`field:${field}`)
}

function isSame(one: FieldValue, other: FieldValue): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => item === other[index])
  }
  return one === other
}
