/** Keeps the facts in step with what a step has just decided, so that the next step of the same turn sees it. */
import { basisLasts } from '../compliance/consent-rules.ts'
import type { Facts, Instant } from '../facts.ts'
import { addDuration } from '../schedule/duration.ts'
import type { Command } from '../steps/contract.ts'
import { lookUp } from '../steps/lookup.ts'
import type { Dependency } from '../conditions/evaluation.ts'

/** Applies one command to the facts, in place. `key` is `<stepId>:<visit>`. Returns what rules could notice. */
export function applyCommand(facts: Facts, key: string, command: Command, now: Instant): Dependency[] {
  switch (command.kind) {
    case 'deliver': {
      if (facts.own.deliveries[key] !== undefined) return []
      const { decision } = command
      const notBefore = decision.verdict === 'deferred' ? decision.notBefore : null
      const skipped = decision.verdict === 'skipped'
      facts.own.deliveries[key] = {
        status: skipped ? 'skipped' : 'queued',
        queuedAt: now,
        notBefore,
        acceptedAt: null,
        reason: decision.verdict === 'queued' ? null : decision.reason,
      }
      if (skipped) return []
      facts.deliveries.push({
        channel: command.channel,
        purpose: command.purpose,
        status: 'queued',
        countedAt: notBefore ?? now,
        assetLineage: command.assetLineage,
      })
      const changed: Dependency[] = ['delivery']
      if (command.assetLineage !== null && lookUp(facts.received, command.assetLineage) === undefined) {
        facts.received[command.assetLineage] = now
        changed.push('received')
      }
      if (command.countsAs !== null) changed.push(noteEvent(facts, command.countsAs, {}, now))
      return changed
    }
    case 'create_task':
      facts.own.tasks[key] ??= { status: 'open', outcome: null, at: null, reason: null }
      return []
    case 'cancel_task': {
      const task = facts.own.tasks[key]
      if (task?.status === 'open')
        facts.own.tasks[key] = { status: 'cancelled', outcome: null, at: now, reason: command.reason }
      return []
    }
    case 'assign_owner':
      // Decided where people and their tasks are known; the turn lets the step look again.
      return []
    case 'postpone_task':
    case 'escalate_task':
      // Of the task's row only; steps remember what they need of it.
      return []
    case 'open_effect':
      facts.own.effects[key] ??= { status: 'open', port: null, output: null, error: null, at: null }
      return []
    case 'set_field':
      facts.fields[command.field] = command.value
      if (command.field === 'zone') facts.zone = typeof command.value === 'string' ? command.value : null
      if (command.field === 'do_not_email') facts.doNot.email = command.value === true
      if (command.field === 'do_not_mail') facts.doNot.postcard = command.value === true
      if (command.field === 'do_not_call') facts.doNot.phone = command.value === true
      return [`field:${command.field}`]
    case 'set_stage':
      facts.stage = command.stage
      facts.fields['stage'] = command.stage
      return ['field:stage']
    case 'set_attention':
      facts.attention = command.attention
      facts.fields['attention'] = command.attention
      return ['field:attention']
    case 'add_score':
      facts.score += command.delta
      facts.fields['score'] = facts.score
      return ['field:score']
    case 'add_tag':
      if (lookUp(facts.tags, command.tag) !== undefined) return []
      facts.tags[command.tag] = now
      return [`tag:${command.tag}`]
    case 'remove_tag':
      if (lookUp(facts.tags, command.tag) === undefined) return []
      delete facts.tags[command.tag]
      return [`tag:${command.tag}`]
    case 'suppress':
      return command.channels.flatMap((channel): Dependency[] => {
        if (facts.suppressed[channel] !== undefined) return []
        facts.suppressed[channel] = { at: now, reason: command.reason }
        return [`suppression:${channel}`]
      })
    case 'set_consent':
      facts.consents[`${command.purpose}:${command.channel}`] = {
        state: command.state,
        at: now,
        expiresAt: command.expiresAt ?? impliedEnd(command, now),
        basis: command.basis ?? 'consent',
      }
      return []
    case 'record_event':
      return [noteEvent(facts, command.event, command.properties, now)]
    case 'enroll':
    case 'leave_journey':
      return []
  }
}

/** Notes an event in the facts, with its counter. */
export function noteEvent(
  facts: Facts,
  type: string,
  properties: Facts['events'][string][number]['properties'],
  at: Instant,
): Dependency {
  facts.events[type] = [...(lookUp(facts.events, type) ?? []), { type, occurredAt: at, properties }]
  const total = lookUp(facts.totals, type)
  facts.totals[type] = total
    ? { count: total.count + 1, firstAt: Math.min(total.firstAt, at), lastAt: Math.max(total.lastAt, at) }
    : { count: 1, firstAt: at, lastAt: at }
  return `event:${type}`
}

/** As the ledger will have it: a consent that a purchase or an inquiry implies runs out by itself. */
function impliedEnd(
  { state, basis = 'consent' }: Extract<Command, { kind: 'set_consent' }>,
  now: Instant,
): Instant | null {
  const lasts = state === 'granted' ? basisLasts[basis] : null
  return lasts === null ? null : addDuration(now, lasts, 'UTC')
}
