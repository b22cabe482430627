/** The triggers of live journeys, and which leads they bring in. Each input goes through `addInputs`. */
import { sql, type SQL } from 'drizzle-orm'
import { matchesProperties } from '#engine/conditions/properties.ts'
import { answersTo, entryProperties, type Happening } from '#engine/entry/happening.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { EngineError } from '#engine/errors.ts'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import type { Queryable } from '../client.ts'
import { compileRule, type CompileOptions } from '../rules/compile.ts'
import type { AddressedInput } from './inputs.ts'
import { textArray, uuidArray } from './json-rows.ts'

/** A trigger of a version that is live now. */
export interface LiveTrigger {
  journeyId: string
  triggerId: string
  trigger: Trigger
  dependsOn: string[]
  /** The journey's zone, for leads whose own is unknown. */
  zone: string
  firedUntil: Instant | null
}

/** In `journey_triggers.depends_on` of a segment whose value time alone changes: it is also compared by the sweep. */
export const timeDependency = 'time'

/** `trigger_members.trigger_key`: who is in a watched segment. */
export function triggerKey(journeyId: string, triggerId: string): string {
  return `${journeyId}:${triggerId}`
}

/** Live triggers that satisfy a condition over `journey_triggers jt`. A few dozen rows at most. */
export async function readLiveTriggers(db: Queryable, condition: SQL): Promise<LiveTrigger[]> {
  const rows = await db.execute<{
    journey_id: string
    trigger_id: string
    trigger: Trigger
    depends_on: string[]
    zone: string
    fired_until: number | null
  }>(sql`
    select jt.journey_id, jt.trigger_id, jt.trigger, jt.depends_on,
           jv.definition->'settings'->>'zone' as zone,
           (extract(epoch from jt.fired_until) * 1000)::float8 as fired_until
      from journey_triggers jt
      join journeys j on j.id = jt.journey_id and j.status = 'live'
      join journey_versions jv on jv.journey_id = jt.journey_id and jv.version = jt.version
     where ${condition}
     order by jt.journey_id, jt.trigger_id`)
  return rows.map((row) => ({
    journeyId: row.journey_id,
    triggerId: row.trigger_id,
    trigger: row.trigger,
    dependsOn: row.depends_on,
    zone: row.zone,
    firedUntil: row.fired_until,
  }))
}

/** Live triggers that something in these happenings may answer, or whose segment looks at one of these keys. */
export async function readConcernedTriggers(
  db: Queryable,
  happenings: readonly Happening[],
  keys: readonly string[] | 'all',
): Promise<LiveTrigger[]> {
  const wanted = new Map<string, Set<string>>()
  const want = (kind: Trigger['kind'], subject: string): void => {
    wanted.set(kind, (wanted.get(kind) ?? new Set()).add(subject))
  }
  for (const happening of happenings) {
    switch (happening.kind) {
      case 'event':
        want('event', happening.type)
        if (typeof happening.properties['form'] === 'string') want('form', happening.properties['form'])
        break
      case 'score_changed':
        want('score_crossed', '')
        break
      case 'tag_added':
        want('tag_added', happening.tag)
        break
      case 'cue':
        want('cue', happening.cue)
        break
      case 'stage_changed':
      case 'attention_changed':
      case 'import':
        want(happening.kind, '')
        break
    }
  }
  const conditions = [...wanted].map(
    ([kind, subjects]) => sql`(jt.kind = ${kind} and jt.subject = any(${textArray([...subjects])}))`,
  )
  if (keys === 'all') conditions.push(sql`jt.kind = 'segment_entered'`)
  else if (keys.length > 0) {
    conditions.push(sql`(jt.kind = 'segment_entered' and jt.depends_on && ${textArray(keys)})`)
  }
  return conditions.length === 0 ? [] : readLiveTriggers(db, sql`(${sql.join(conditions, sql` or `)})`)
}

/** The enroll inputs that these happenings of one lead cause. */
export function entriesFor(
  leadId: string,
  happenings: readonly Happening[],
  triggers: readonly LiveTrigger[],
): AddressedInput[] {
  return happenings.flatMap((happening) =>
    triggers
      .filter(({ trigger }) => answersTo(trigger, happening) && passesFilters(trigger, happening))
      .map(({ journeyId, triggerId }) => ({
        leadId,
        at: happening.at,
        input: {
          kind: 'enroll' as const,
          journeyId,
          triggerId,
          entryKey: entryKey(triggerId, happening),
          properties: entryProperties(happening),
        },
      })),
  )
}

/** Two triggers of a journey that the same event answers are one entry; of another happening, each trigger is its own. */
function entryKey(triggerId: string, happening: Happening): string {
  return happening.kind === 'event' ? `event:${happening.key}` : `${happening.kind}:${triggerId}:${happening.key}`
}

function passesFilters(trigger: Trigger, happening: Happening): boolean {
  if (trigger.kind !== 'event' || happening.kind !== 'event') return true
  return matchesProperties(happening.properties, trigger.where)
}

/** Leads that exist for journeys: neither erased nor merged into another. */
export const livingLead = sql`leads.erased_at is null and leads.merged_into is null`

/**
 * Compares who matches a segment trigger's rule with who did, for these leads, and remembers the answer. Returns who
 * began to match. The caller holds the leads' locks, so that two comparisons of one lead cannot cross.
 */
export async function diffMembers(
  tx: Queryable,
  live: LiveTrigger,
  leadIds: readonly string[],
  now: Instant,
  library: Library,
): Promise<string[]> {
  if (live.trigger.kind !== 'segment_entered' || leadIds.length === 0) return []
  const key = triggerKey(live.journeyId, live.triggerId)
  const at = new Date(now)
  const rule = compileWatched(live.trigger.segment, { library, now: at, zone: live.zone })
  if (rule === null) return []
  const ids = uuidArray(leadIds)
  const rows = await tx.execute<{ lead_id: string }>(sql`
    with matching as (
      select leads.id from leads where leads.id = any(${ids}) and ${livingLead} and (${rule})
    ), gone as (
      delete from trigger_members
       where trigger_key = ${key} and lead_id = any(${ids}) and lead_id not in (select id from matching)
    )
    insert into trigger_members (trigger_key, lead_id, since)
    select ${key}, id, ${at.toISOString()}::timestamptz from matching order by id
    on conflict (trigger_key, lead_id) do nothing
    returning lead_id`)
  return rows.map((row) => row.lead_id)
}

/**
 * Null when the rule cannot be compiled any more: the segment it names was deleted after publishing. That must not stop
 * every writer of facts; the trigger sweep fails on it every five minutes and says which trigger it is.
 */
function compileWatched(rule: Rule, options: CompileOptions): SQL | null {
  try {
    return compileRule(rule, options)
  } catch (error) {
    if (error instanceof EngineError && error.code === 'RULE_UNCOMPILABLE') return null
    throw error
  }
}

/** The enroll input of a lead that began to match a segment. */
export function segmentEntry(live: LiveTrigger, leadId: string, at: Instant): AddressedInput {
  return {
    leadId,
    at,
    input: {
      kind: 'enroll',
      journeyId: live.journeyId,
      triggerId: live.triggerId,
      entryKey: `segment:${live.triggerId}:${new Date(at).toISOString()}`,
    },
  }
}
