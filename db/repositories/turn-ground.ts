/**
 * The ground a turn stands on: the locked lead and everything that nearly every turn looks at, in one round trip. Asked
 * table by table it was most of what a turn costs: thirteen statements, three round trips.
 */
import { eq, sql } from 'drizzle-orm'
import type { Facts } from '#engine/facts.ts'
import type { Transaction } from '../client.ts'
import { leads } from '../schema/leads.ts'
import type { KnownFacts, LeadRow } from './facts.ts'
import {
  inputsAtOnce,
  ownRows,
  type EnrollmentRow,
  type InputRow,
  type JourneyHead,
  type OwnSource,
} from './turn-load.ts'

/** What is known of an enrollment that is not over. */
export type OpenEnrollment = Pick<
  EnrollmentRow,
  | 'id'
  | 'journeyId'
  | 'version'
  | 'status'
  | 'state'
  | 'enteredAt'
  | 'triggerId'
  | 'entryKey'
  | 'properties'
  | 'wakeAt'
  | 'dependsOn'
  | 'goalMet'
>

/** An effect that has no result yet. */
interface OpenEffectRow {
  id: string
  generation: number
  queue: string
  timeoutMs: number
  heartbeatMs: number | null
  maxAttempts: number
}

export interface TurnSnapshot {
  lead: LeadRow
  /** The database clock after the lock, UTC ms. */
  databaseNow: number
  libraryRevision: number
  /** As `takeInputs` gives them. */
  inputs: InputRow[]
  enrollments: OpenEnrollment[]
  /** Of these enrollments and of journeys that inputs enrol into. */
  heads: JourneyHead[]
  /** By enrollment. */
  own: Map<string, Facts['own']>
  openEffects: OpenEffectRow[]
  known: KnownFacts
}

type Instants<Row, Key extends keyof Row> = Omit<Row, Key> & { [name in Key]: string | null }

type GroundRow = {
  databaseNow: number
  revision: number | null
  inputs: Instants<Pick<InputRow, 'id' | 'kind' | 'payload' | 'at' | 'createdAt'>, 'at' | 'createdAt'>[] | null
  enrollments: Instants<OpenEnrollment, 'enteredAt' | 'wakeAt'>[] | null
  heads: JourneyHead[] | null
  deliveries:
    | (Instants<OwnSource['deliveries'][number], 'queuedAt' | 'notBefore' | 'acceptedAt'> &
        Instants<KnownFacts['deliveries'][number], 'countedAt'>)[]
    | null
  tasks: Instants<OwnSource['tasks'][number], 'closedAt' | 'effectiveAt'>[] | null
  effects: Instants<OwnSource['effects'][number], 'finishedAt'>[] | null
  openEffects: OpenEffectRow[] | null
  tags: Instants<KnownFacts['tags'][number], 'addedAt'>[] | null
  consents: Instants<KnownFacts['consents'][number], 'at' | 'expiresAt'>[] | null
  suppressions: Instants<KnownFacts['suppressions'][number], 'at'>[] | null
}

/**
 * Locks the lead (`FOR NO KEY UPDATE`: inserts that refer to it are not blocked) and reads what there is to do. The poke
 * row goes first: a sender that commits later writes it anew, so no input is ever without a poke or a turn. Statements of
 * their own, for what is read in the same statement as a lock is from before it. Returns null for an unknown lead.
 */
export async function lockAndRead(tx: Transaction, leadId: string): Promise<TurnSnapshot | null> {
  const [, leadRows, , groundRows] = await Promise.all([
    tx.execute(sql`select set_config('lock_timeout', '2s', true), set_config('statement_timeout', '4s', true)`),
    tx.select().from(leads).where(eq(leads.id, leadId)).for('no key update'),
    tx.execute(sql`delete from lead_pokes where lead_id = ${leadId}`),
    tx.execute<GroundRow>(groundOf(leadId)),
  ])
  const [lead] = leadRows
  const [row] = groundRows
  if (lead === undefined || row === undefined) return null
  const enrollments = (row.enrollments ?? []).map((each) => ({
    ...each,
    enteredAt: instant(each.enteredAt),
    wakeAt: instantOrNull(each.wakeAt),
  }))
  const deliveries = (row.deliveries ?? []).map((each) => ({
    ...each,
    queuedAt: instant(each.queuedAt),
    notBefore: instantOrNull(each.notBefore),
    acceptedAt: instantOrNull(each.acceptedAt),
    countedAt: instant(each.countedAt),
  }))
  return {
    lead,
    databaseNow: row.databaseNow,
    libraryRevision: row.revision ?? 0,
    inputs: (row.inputs ?? []).map((each) => ({
      ...each,
      leadId,
      at: instant(each.at),
      createdAt: instant(each.createdAt),
      consumedAt: null,
      outcome: null,
    })),
    enrollments,
    heads: row.heads ?? [],
    own: ownRows(
      enrollments.map(({ id }) => id),
      {
        deliveries,
        tasks: (row.tasks ?? []).map((each) => ({
          ...each,
          closedAt: instantOrNull(each.closedAt),
          effectiveAt: instantOrNull(each.effectiveAt),
        })),
        effects: (row.effects ?? []).map((each) => ({ ...each, finishedAt: instantOrNull(each.finishedAt) })),
      },
    ),
    openEffects: row.openEffects ?? [],
    known: {
      tags: (row.tags ?? []).map((each) => ({ ...each, addedAt: instant(each.addedAt) })),
      deliveries: deliveries.map(({ channel, purpose, status, countedAt, assetLineage }) => ({
        channel,
        purpose,
        status,
        countedAt,
        assetLineage,
      })),
      consents: (row.consents ?? []).map((each) => ({
        ...each,
        at: instant(each.at),
        expiresAt: instantOrNull(each.expiresAt),
      })),
      suppressions: (row.suppressions ?? []).map((each) => ({ ...each, at: instant(each.at) })),
    },
  }
}

/** One row; what is not there is null. Instants come as ISO 8601 texts. */
function groundOf(leadId: string) {
  return sql`
    select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "databaseNow",
      (select value from settings where key = 'library_revision') as revision,
      (select json_agg(json_build_object('id', id, 'kind', kind, 'payload', payload, 'at', at, 'createdAt', created_at)
                       order by at, id)
         from (select * from lead_inputs i where i.lead_id = l.id and i.consumed_at is null
                order by i.at, i.id limit ${sql.raw(String(inputsAtOnce))}) as waiting) as inputs,
      (select json_agg(json_build_object(
                'id', e.id, 'journeyId', e.journey_id, 'version', e.version, 'status', e.status, 'state', e.state,
                'enteredAt', e.entered_at, 'triggerId', e.trigger_id, 'entryKey', e.entry_key,
                'properties', e.properties, 'wakeAt', e.wake_at, 'dependsOn', e.depends_on, 'goalMet', e.goal_met)
                order by e.id)
         from enrollments e where e.lead_id = l.id and e.status in ('active', 'paused', 'parked')) as enrollments,
      (select json_agg(json_build_object('id', j.id, 'key', j.key, 'status', j.status, 'liveVersion', j.live_version))
         from journeys j
        where j.id in (select e.journey_id from enrollments e
                        where e.lead_id = l.id and e.status in ('active', 'paused', 'parked'))
           or j.id::text in (select i.payload->>'journeyId' from lead_inputs i
                              where i.lead_id = l.id and i.consumed_at is null and i.kind = 'enroll')) as heads,
      (select json_agg(json_build_object(
                'enrollmentId', d.enrollment_id, 'stepId', d.step_id, 'visit', d.visit, 'status', d.status,
                'queuedAt', d.queued_at, 'notBefore', d.not_before, 'acceptedAt', d.accepted_at, 'reason', d.reason,
                'channel', d.channel, 'purpose', d.purpose, 'countedAt', d.counted_at,
                'assetLineage', d.asset_lineage))
         from deliveries d where d.lead_id = l.id) as deliveries,
      (select json_agg(json_build_object(
                'enrollmentId', t.enrollment_id, 'stepId', t.step_id, 'visit', t.visit, 'status', t.status,
                'outcome', t.outcome, 'closedAt', t.closed_at, 'closedReason', t.closed_reason,
                'effectiveAt', t.effective_at))
         from tasks t where t.lead_id = l.id and t.enrollment_id is not null) as tasks,
      (select json_agg(json_build_object(
                'enrollmentId', f.enrollment_id, 'stepId', f.step_id, 'visit', f.visit, 'status', f.status,
                'port', f.port, 'output', f.output, 'error', f.error, 'finishedAt', f.finished_at))
         from enrollments e join effects f on f.enrollment_id = e.id
        where e.lead_id = l.id and e.status in ('active', 'paused', 'parked')) as effects,
      (select json_agg(json_build_object(
                'id', f.id, 'generation', f.generation, 'queue', f.queue, 'timeoutMs', f.timeout_ms,
                'heartbeatMs', f.heartbeat_ms, 'maxAttempts', f.max_attempts))
         from effects f where f.lead_id = l.id and f.status = 'open') as "openEffects",
      (select json_agg(json_build_object('tag', g.tag, 'addedAt', g.added_at))
         from lead_tags g where g.lead_id = l.id) as tags,
      (select json_agg(json_build_object(
                'purpose', c.purpose, 'channel', c.channel, 'state', c.state, 'at', c.at, 'expiresAt', c.expires_at,
                'basis', c.basis))
         from (select distinct on (purpose, channel) * from consents
                where lead_id = l.id order by purpose, channel, id desc) as c) as consents,
      (select json_agg(json_build_object('channel', s.channel, 'at', s.at, 'reason', s.reason))
         from suppressions s where s.lead_id = l.id) as suppressions
    from (select ${leadId}::uuid as id) as l`
}

function instant(text: string | null): Date {
  return new Date(text ?? Number.NaN)
}

function instantOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
