/** What the world does to the lead in a rehearsal: the same facts as when it really happens, and who is woken by it. */
import type { Instant, Json } from '../facts.ts'
import { findField, parseFieldValue } from '../fields.ts'
import { applyCommand, noteEvent } from '../interpreter/apply-command.ts'
import { ownActs } from '../own-acts.ts'
import { addDuration } from '../schedule/duration.ts'
import { zoneOr } from '../schedule/zone.ts'
import { mappedFields, submissionEvent } from '../surveys/submission.ts'
import { closedBecause, endOfEvent } from '../tasks/pointless.ts'
import { builtInEvents, type TaskEnd } from '../vocabulary.ts'
import { log, tell, visitOf, type Rehearsal } from './rehearsal.ts'
import { entriesFor } from './triggers.ts'
import type { WorldAct } from './types.ts'

/** Does it, at an instant. `isAssumed`: nobody asked for it. */
export function act(rehearsal: Rehearsal, what: WorldAct, at: Instant, isAssumed = false): void {
  const { facts, library } = rehearsal.session
  const say = (text: string, more: { stepId?: string; detail?: Json } = {}): void =>
    log(rehearsal, { at, kind: 'happened', text, isAssumed, ...more })
  switch (what.kind) {
    case 'event':
      recordEvent(rehearsal, what.type, what.properties ?? {}, at)
      say(`“${what.type}” happened.`, {
        detail: what.properties === undefined ? null : { properties: what.properties },
      })
      return
    case 'answers': {
      const answers = (facts.answers[what.survey] ??= {})
      for (const [question, value] of Object.entries(what.answers)) answers[question] = { value, at }
      for (const { field, value } of mappedFields(what, library)) writeField(rehearsal, field, value, at)
      const { type, properties } = submissionEvent(what)
      recordEvent(rehearsal, type, properties, at)
      say(`Answered ${library.surveys[what.survey]?.title ?? what.survey}.`, { detail: { answers: what.answers } })
      return
    }
    case 'unsubscribe':
      applyCommand(facts, '', { kind: 'suppress', channels: what.channels, reason: 'Unsubscribed.' }, at)
      recordEvent(rehearsal, builtInEvents.unsubscribed, { channels: what.channels }, at)
      say(`Unsubscribed from ${what.channels.join(', ')}.`)
      return
    case 'set_field':
      writeField(rehearsal, what.field, what.value, at)
      say(`${findField(what.field, library)?.label ?? what.field} is ${show(what.value)} now.`)
      return
    case 'set_stage':
      applyCommand(facts, '', { ...what, reason: '' }, at)
      tell(rehearsal, { kind: 'fact', keys: ['field:stage'] }, at)
      say(`The stage is ${what.stage.replaceAll('_', ' ')} now.`)
      return
    case 'set_attention':
      applyCommand(facts, '', { ...what, reason: '' }, at)
      tell(rehearsal, { kind: 'fact', keys: ['field:attention'] }, at)
      say(`The attention is ${what.attention} now.`)
      return
    case 'add_score':
      applyCommand(facts, '', { ...what, reason: '' }, at)
      tell(rehearsal, { kind: 'fact', keys: ['field:score'] }, at)
      say(`The score is ${String(facts.score)} now.`)
      return
    case 'add_tag':
    case 'remove_tag':
      applyCommand(facts, '', { kind: what.kind, tag: what.tag }, at)
      tell(rehearsal, { kind: 'fact', keys: [`tag:${what.tag}`] }, at)
      say(what.kind === 'add_tag' ? `Got the tag “${what.tag}”.` : `Lost the tag “${what.tag}”.`)
      return
    case 'task':
      closeTask(rehearsal, what, at, say)
      return
    case 'effect':
      settleEffect(rehearsal, what, at, say)
      return
    case 'refuse_messages':
      rehearsal.refusing.add(what.stepId ?? '*')
      say('From now on the provider refuses messages.', what.stepId === undefined ? {} : { stepId: what.stepId })
  }
}

type Say = (text: string, more?: { stepId?: string; detail?: Json }) => void

function closeTask(rehearsal: Rehearsal, what: Extract<WorldAct, { kind: 'task' }>, at: Instant, say: Say): void {
  const found = rehearsal.tasks.findLast(
    ({ task }) => task.status === 'open' && (what.stepId === undefined || task.stepId === what.stepId),
  )
  if (found === undefined) {
    say('No task was open, so nobody could close one.')
    return
  }
  const { task, live, key } = found
  const outcome = what.outcome.replace(/^outcome:/, '')
  const label = task.outcomes.find(({ id }) => id === outcome)?.label
  if (label === undefined && task.outcomes.length > 0) {
    const known = task.outcomes.map((one) => one.label).join(', ')
    say(`“${outcome}” is not an outcome of “${task.title}”: ${known}.`, { stepId: task.stepId })
    return
  }
  live.own.tasks[key] = { status: 'done', outcome, at, reason: null }
  Object.assign(task, { status: 'done', outcome, closedAt: at })
  tell(rehearsal, { kind: 'task', taskId: key }, at)
  say(`“${task.title}” was done: ${label ?? outcome}.`, { stepId: task.stepId })
}

function settleEffect(rehearsal: Rehearsal, what: Extract<WorldAct, { kind: 'effect' }>, at: Instant, say: Say): void {
  for (const live of rehearsal.session.live) {
    const key = Object.keys(live.own.effects).findLast(
      (one) =>
        live.own.effects[one]?.status === 'open' && (what.stepId === undefined || visitOf(one).stepId === what.stepId),
    )
    if (key === undefined) continue
    const isFailure = what.port === 'error'
    live.own.effects[key] = isFailure
      ? { status: 'failed', port: null, output: null, error: { code: 'REHEARSED', message: 'It failed.' }, at }
      : { status: 'done', port: what.port, output: what.output ?? { output: { simulated: true } }, error: null, at }
    tell(rehearsal, { kind: 'effect', effectId: key }, at)
    say(isFailure ? 'What is outside failed.' : 'The result from outside is there.', { stepId: visitOf(key).stepId })
    return
  }
  say('Nothing was waiting for a result from outside.')
}

/** A lead's own event: counted, a sign of life, the end of some tasks, and perhaps an entry. */
function recordEvent(rehearsal: Rehearsal, type: string, properties: Record<string, Json>, at: Instant): void {
  const { facts } = rehearsal.session
  noteEvent(facts, type, properties, at)
  if (!ownActs.has(type)) {
    const last = facts.fields['last_activity_at']
    facts.fields['last_activity_at'] = Math.max(at, typeof last === 'number' ? last : 0)
  }
  if (type === builtInEvents.replied) holdForReply(rehearsal, at)
  const end = endOfEvent(type)
  if (end !== null) closePointless(rehearsal, end, at)
  tell(rehearsal, { kind: 'event', type }, at)
  if (rehearsal.input.triggers === false) return
  const happening = {
    kind: 'event' as const,
    key: `${type}:${String(at)}:${String(rehearsal.count)}`,
    at,
    type,
    properties,
  }
  for (const { triggerId, entryKey, properties: kept } of entriesFor(rehearsal.input.definition, happening))
    enter(rehearsal, { triggerId, entryKey, properties: kept }, at)
}

/** Who has just written to us is answered by a person first. */
function holdForReply({ input, session: { facts } }: Rehearsal, at: Instant): void {
  if (input.replyHold === undefined || input.replyHold === null) return
  const until = addDuration(at, input.replyHold, zoneOr(facts.zone, 'UTC'))
  facts.replyHeldUntil = Math.max(facts.replyHeldUntil ?? 0, until)
}

/** Closes the open tasks that end with this. */
export function closePointless(rehearsal: Rehearsal, end: TaskEnd, at: Instant): void {
  const reason = closedBecause(end, at)
  for (const { task, live, key, closeOn } of rehearsal.tasks) {
    if (task.status !== 'open' || !closeOn.includes(end)) continue
    live.own.tasks[key] = { status: 'cancelled', outcome: null, at, reason }
    Object.assign(task, { status: 'cancelled', closedAt: at })
    tell(rehearsal, { kind: 'task', taskId: key }, at)
    log(rehearsal, { at, kind: 'happened', text: `“${task.title}” was closed: ${reason}`, stepId: task.stepId })
  }
}

/** A field as every writer sets it: of its type, and none that only Trellis writes. */
function writeField(
  rehearsal: Rehearsal,
  key: string,
  value: Parameters<typeof parseFieldValue>[1],
  at: Instant,
): void {
  const { facts, library } = rehearsal.session
  const field = findField(key, library)
  if (field === null || field.readOnly) return
  const parsed = parseFieldValue(field, value)
  if (!parsed.ok) return
  applyCommand(facts, '', { kind: 'set_field', field: key, value: parsed.value }, at)
  tell(rehearsal, { kind: 'fact', keys: [`field:${key}`] }, at)
}

/** The lead wants in. */
export function enter(
  rehearsal: Rehearsal,
  entry: { triggerId: string; entryKey: string; properties: Record<string, Json>; isRoutine?: boolean },
  at: Instant,
): void {
  const { isRoutine = false, ...given } = entry
  const { id } = tell(rehearsal, { kind: 'enroll', journeyId: rehearsal.input.journey.id, ...given }, at)
  if (isRoutine) rehearsal.routine.add(id)
}

/** A value as people read it. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  return Array.isArray(value) ? value.join(', ') : String(value as string | number | boolean)
}
