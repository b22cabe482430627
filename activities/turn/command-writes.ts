/** Writes the commands of one enrollment's steps: messages, tasks, effects, and changes of the lead's facts. */
import { sql } from 'drizzle-orm'
import type { Happening } from '#engine/entry/happening.ts'
import type { Instant, Json } from '#engine/facts.ts'
import type { IssuedCommand } from '#engine/interpreter/advance.ts'
import type { Command } from '#engine/steps/contract.ts'
import { foldProperties } from '#engine/text.ts'
import type { Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { announceChanges, type FactChange } from '#db/repositories/announce.ts'
import { insertDelivery, linkCountedEvent, type NewDelivery } from '#db/repositories/deliveries.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { readJourneyHeads } from '#db/repositories/turn-load.ts'
import { events, eventTotals } from '#db/schema/events.ts'
import { effects } from '#db/schema/inputs.ts'
import { leadAssets } from '#db/schema/leads.ts'
import { addresseesOf } from '../notifications/notify-person.ts'
import type { LiveEnrollment } from '#engine/turn/live-enrollment.ts'
import { cancelTask, escalateTask, postponeTask, writeOwner, writeTask } from './task-writes.ts'
import type { TurnWrite } from './turn-write.ts'

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

/** Commands that neither bring the lead new inputs nor open or close effects; a delivery only if it counts as no event. */
const quietKinds = new Set<Command['kind']>(['create_task', 'cancel_task', 'postpone_task', 'escalate_task'])

function isQuiet(command: Command): boolean {
  return quietKinds.has(command.kind) || (command.kind === 'deliver' && command.countsAs === null)
}

/**
 * Consecutive fact changes go together: one pass through the one path for facts (ADR 0006). Returns whether the lead's
 * inputs or open effects may be others now.
 */
export async function writeCommands(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  commands: readonly IssuedCommand[],
): Promise<boolean> {
  let isChanged = false
  let pending: { changes: LeadChange[]; at: Instant } | null = null
  const flush = async (): Promise<void> => {
    if (pending === null) return
    const { changes, at } = pending
    pending = null
    const { inputs, leadIds } = await applyLeadChanges(tx, changes, {
      library: write.session.library,
      actor: `journey:${live.journey.key}`,
      at,
      skipWaiting: true,
    })
    isChanged ||= inputs > 0 || leadIds.length > 0
  }
  for (const issued of commands) {
    const { command, at } = issued
    switch (command.kind) {
      case 'set_field':
      case 'set_stage':
      case 'set_attention':
      case 'add_score':
      case 'add_tag':
      case 'remove_tag':
      case 'set_consent':
        if (pending !== null && pending.at !== at) await flush()
        pending ??= { changes: [], at }
        pending.changes.push({ leadId: write.lead.id, ...command })
        break
      case 'deliver':
      case 'create_task':
      case 'cancel_task':
      case 'postpone_task':
      case 'escalate_task':
      case 'assign_owner':
      case 'open_effect':
      case 'suppress':
      case 'record_event':
      case 'enroll':
      case 'leave_journey':
        await flush()
        await writeCommand(tx, write, live, issued, command)
        isChanged ||= !isQuiet(command)
    }
  }
  await flush()
  return isChanged
}

type OtherCommand = Of<
  | 'deliver'
  | 'create_task'
  | 'cancel_task'
  | 'postpone_task'
  | 'escalate_task'
  | 'assign_owner'
  | 'open_effect'
  | 'suppress'
  | 'record_event'
  | 'enroll'
  | 'leave_journey'
>

async function writeCommand(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  command: OtherCommand,
): Promise<void> {
  const { lead } = write
  const { at } = issued
  switch (command.kind) {
    case 'deliver':
      return writeDelivery(tx, write, live, issued, command)
    case 'create_task':
      return writeTask(tx, write, live, issued, command)
    case 'cancel_task':
      await cancelTask(tx, write, live, issued, command.reason)
      return
    case 'postpone_task':
      await postponeTask(tx, write, live, issued, command)
      return
    case 'escalate_task':
      await escalateTask(tx, write, live, issued, command)
      return
    case 'assign_owner':
      await writeOwner(tx, write, live, issued, command)
      return
    case 'open_effect':
      await tx
        .insert(effects)
        .values({
          id: newId(),
          leadId: lead.id,
          enrollmentId: live.id,
          stepId: issued.stepId,
          visit: issued.visit,
          type: command.effectType,
          queue: `${write.queuePrefix}${command.queue}`,
          input: command.input,
          timeoutMs: command.timeoutMs,
          heartbeatMs: command.heartbeatMs,
          maxAttempts: command.maxAttempts,
        })
        .onConflictDoNothing()
      return
    case 'suppress':
      await suppressLead(tx, {
        leadId: lead.id,
        channels: command.channels,
        reason: command.reason,
        source: `journey:${live.journey.key}`,
        at,
        skipWaiting: true,
      })
      return
    case 'record_event':
      await recordEvent(
        tx,
        write,
        command.event,
        command.properties,
        at,
        `step:${live.id}:${issued.stepId}:${issued.visit}:${command.event}`,
      )
      return
    case 'enroll': {
      const [journey] = await readJourneyHeads(tx, [], [command.journey])
      if (journey === undefined) return
      const entryKey = `step:${live.id}:${issued.stepId}:${issued.visit}`
      await addInputs(tx, [
        { leadId: lead.id, at, input: { kind: 'enroll', journeyId: journey.id, triggerId: 'journey', entryKey } },
      ])
      return
    }
    case 'leave_journey':
      // Done in memory by the session: the lead's other enrollments are part of this turn.
      return
  }
}

async function writeDelivery(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  command: Of<'deliver'>,
): Promise<void> {
  const { lead } = write
  const { stepId, visit, at } = issued
  const delivery = {
    leadId: lead.id,
    enrollmentId: live.id,
    journeyId: live.journey.id,
    stepId,
    visit,
    channel: command.channel,
    purpose: command.purpose,
    content: command.content,
    decision: command.decision,
    priority: command.priority,
    overCap: command.overCap,
    assetLineage: command.assetLineage,
    countsAs: command.countsAs,
    queuedAt: at,
    staleAt: command.staleAt,
    clock: lead.clock,
    isTest: lead.isTest,
  }
  const { to } = command.content
  if (command.channel === 'notification' && to !== undefined) return writeNotices(tx, delivery, to)
  const { id, isNew } = await insertDelivery(tx, delivery)
  if (!isNew || command.decision.verdict === 'skipped') return
  if (command.assetLineage !== null) {
    await tx
      .insert(leadAssets)
      .values({ leadId: lead.id, lineage: command.assetLineage, receivedAt: new Date(at) })
      .onConflictDoNothing()
  }
  if (command.countsAs !== null) {
    const eventId = await recordEvent(tx, write, command.countsAs, { step: stepId }, at, `delivery:${id}`)
    if (eventId !== null) await linkCountedEvent(tx, id, eventId)
  }
}

/** A message has one recipient: each of a queue has a row, whose key names them after the step. Notices count as nothing. */
async function writeNotices(tx: Transaction, delivery: NewDelivery, to: string): Promise<void> {
  for (const { member, address } of await addresseesOf(tx, to, delivery.queuedAt)) {
    await insertDelivery(tx, {
      ...delivery,
      stepId: member === null ? delivery.stepId : `${delivery.stepId}/${member}`,
      content: { ...delivery.content, to: address },
      assetLineage: null,
      countsAs: null,
    })
  }
}

/**
 * An event the journey itself records, with its counter. Returns its id; null when it was recorded before. Leaner than
 * `ingestEvents`, which serves senders who hold no lock and do not know the lead: a turn has both already.
 */
async function recordEvent(
  tx: Transaction,
  write: TurnWrite,
  type: string,
  properties: Record<string, Json>,
  at: Instant,
  dedupeKey: string,
): Promise<number | null> {
  const { lead, session } = write
  const occurredAt = new Date(at)
  const [written] = await tx
    .insert(events)
    .values({ leadId: lead.id, type, occurredAt, properties, folded: foldProperties(properties), dedupeKey })
    .onConflictDoNothing()
    .returning({ id: events.id })
  if (written === undefined) return null
  await tx
    .insert(eventTotals)
    .values({ leadId: lead.id, type, count: 1, firstAt: occurredAt, lastAt: occurredAt })
    .onConflictDoUpdate({
      target: [eventTotals.leadId, eventTotals.type],
      set: {
        count: sql`${eventTotals.count} + 1`,
        firstAt: sql`least(${eventTotals.firstAt}, excluded.first_at)`,
        lastAt: sql`greatest(${eventTotals.lastAt}, excluded.last_at)`,
      },
    })
  const happening: Happening = { kind: 'event', key: String(written.id), at, type, properties }
  const change: FactChange = { leadId: lead.id, at, keys: [`event:${type}`], happenings: [happening] }
  await announceChanges(tx, [change], { library: session.library, skipWaiting: true })
  return written.id
}
