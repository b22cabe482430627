/** After each turn: what it decided becomes lines, messages, tasks, and what follows from them. */
import type { Instant } from '../facts.ts'
import { applyCommand } from '../interpreter/apply-command.ts'
import type { IssuedCommand } from '../interpreter/advance.ts'
import type { LiveEnrollment } from '../turn/live-enrollment.ts'
import { endOfStage } from '../tasks/pointless.ts'
import { closePointless, enter, show } from './acts.ts'
import { describeCommand } from './asks.ts'
import { dueAt, handOver, nameOf, noteWithdrawn, takeLetter, whyNot, type Letter } from './post-box.ts'
import { log, tell, type Rehearsal } from './rehearsal.ts'
import { entriesFor, happeningsBetween, standingOf } from './triggers.ts'

/** Takes down everything that is new of every enrollment, as the turn writes its rows. */
export function takeDown(rehearsal: Rehearsal, at: Instant): void {
  const { session } = rehearsal
  for (const live of session.live.slice()) {
    if (live.isNew) welcome(rehearsal, live)
    if (live.dirty) takeDownOne(rehearsal, live, at)
    if (live.finishedAt !== null) session.live.splice(session.live.indexOf(live), 1)
  }
  followChanges(rehearsal, at)
}

function welcome(rehearsal: Rehearsal, live: LiveEnrollment): void {
  live.isNew = false
  rehearsal.lives.push(live)
  log(rehearsal, {
    at: live.enteredAt,
    kind: 'entered',
    enrollment: rehearsal.lives.length - 1,
    text: 'Entered the journey.',
    detail: {
      trigger: live.triggerId,
      ...(Object.keys(live.properties).length === 0 ? {} : { entry: live.properties }),
    },
  })
}

function takeDownOne(rehearsal: Rehearsal, live: LiveEnrollment, at: Instant): void {
  const enrollment = rehearsal.lives.indexOf(live)
  const asks = new Map<string, string[]>()
  for (const issued of live.commands) {
    const words = takeCommand(rehearsal, live, enrollment, issued)
    if (words !== '') {
      const key = `${issued.stepId}:${String(issued.visit)}`
      asks.set(key, [...(asks.get(key) ?? []), words])
    }
  }
  for (const letter of rehearsal.letters) if (letter.live === live) tellWithdrawn(rehearsal, letter, at)
  for (const entry of live.log) {
    rehearsal.steps.push({ ...entry, enrollment })
    const key = `${entry.stepId}:${String(entry.visit)}`
    log(rehearsal, {
      at: entry.leftAt,
      kind: entry.port === null ? 'ended' : 'left',
      enrollment,
      stepId: entry.stepId,
      visit: entry.visit,
      port: entry.port,
      text: entry.reason,
      detail: entry.detail,
      ...withAsks(asks, key),
    })
  }
  const { state } = live
  const key = `${state.stepId}:${String(state.visit)}`
  const place = `${String(enrollment)}:${key}`
  if (state.status === 'active' && rehearsal.told.has(place) && asks.has(key)) {
    // It waits on, and has done something about it: a reminder, a task put off.
    const text = `${(asks.get(key) ?? []).join(', ')}.`
    log(rehearsal, { at, kind: 'happened', enrollment, stepId: state.stepId, visit: state.visit, text })
  } else if (state.status === 'active' && state.rest !== null && !rehearsal.told.has(place)) {
    rehearsal.told.add(place)
    log(rehearsal, {
      at,
      kind: 'waits',
      enrollment,
      stepId: state.stepId,
      visit: state.visit,
      text: state.rest.reason,
      detail: live.wakeAt === null ? null : { until: live.wakeAt },
      ...withAsks(asks, key),
    })
  } else if (state.status === 'completed' && live.log.at(-1)?.port !== null) {
    log(rehearsal, { at, kind: 'ended', enrollment, text: state.reason ?? 'Ended.' })
  } else if (state.status === 'parked') {
    const text = `A person would have to look: ${state.error?.message ?? state.reason ?? ''}`
    log(rehearsal, { at, kind: 'parked', enrollment, stepId: state.stepId, visit: state.visit, text })
  }
  for (const open of rehearsal.tasks) {
    const own = open.live === live ? live.own.tasks[open.key] : undefined
    if (own?.status !== 'cancelled' || open.task.status !== 'open') continue
    Object.assign(open.task, { status: 'cancelled', closedAt: own.at ?? at })
  }
  live.saved = live.state
  live.dirty = false
  live.log = []
  live.commands = []
  live.withdrawals = []
}

/** The words once: the first line of a visit takes them. */
function withAsks(asks: Map<string, string[]>, key: string): { asks?: string[] } {
  const words = asks.get(key)
  asks.delete(key)
  return words === undefined ? {} : { asks: words }
}

function takeCommand(rehearsal: Rehearsal, live: LiveEnrollment, enrollment: number, issued: IssuedCommand): string {
  const { command, stepId, visit, at } = issued
  const { session } = rehearsal
  const key = `${stepId}:${String(visit)}`
  const open = rehearsal.tasks.find((one) => one.live === live && one.key === key && one.task.status === 'open')?.task
  let letter: Letter | null = null
  switch (command.kind) {
    case 'deliver':
      letter = takeLetter(live, enrollment, issued)
      if (letter === null) return ''
      rehearsal.letters.push(letter)
      if (letter.delivery.status === 'queued') planHandOver(rehearsal, letter)
      break
    case 'create_task': {
      const { title, reason, queue, outcomes, notBefore, dueAt: due, taskKind: kind, closeOn } = command
      rehearsal.tasks.push({
        live,
        key,
        closeOn,
        task: {
          enrollment,
          stepId,
          visit,
          kind,
          title,
          reason,
          queue,
          outcomes,
          notBefore,
          dueAt: due,
          createdAt: at,
          status: 'open',
          outcome: null,
          closedAt: null,
          escalations: [],
        },
      })
      break
    }
    case 'postpone_task':
      if (open !== undefined) Object.assign(open, { notBefore: command.notBefore, dueAt: command.dueAt ?? open.dueAt })
      break
    case 'escalate_task':
      open?.escalations.push({ at, action: command.action })
      break
    case 'assign_owner': {
      const { drawn } = command
      live.own.effects[key] = {
        status: 'done',
        port: null,
        output: { owner: drawn },
        error: null,
        at,
      }
      if (drawn !== null) applyCommand(session.facts, '', { kind: 'set_field', field: 'owner_id', value: drawn }, at)
      return drawn === null ? 'Nobody is free' : `Owner: ${show(drawn)}`
    }
    case 'enroll':
      if (command.journey === rehearsal.input.journey.key) {
        const entryKey = `step:${live.id}:${key}`
        enter(rehearsal, { triggerId: 'journey', entryKey, properties: {} }, at)
      }
      break
    case 'cancel_task':
    case 'open_effect':
    case 'set_field':
    case 'set_stage':
    case 'set_attention':
    case 'add_score':
    case 'add_tag':
    case 'remove_tag':
    case 'suppress':
    case 'set_consent':
    case 'record_event':
    case 'leave_journey':
      // Done to the facts by the machine already.
      break
  }
  return describeCommand(issued, letter?.delivery ?? null)
}

function planHandOver(rehearsal: Rehearsal, letter: Letter): void {
  const at = dueAt(letter)
  rehearsal.agenda.add(at, () => {
    const { session, refusing } = rehearsal
    const { stepId } = letter.delivery
    const done = handOver(letter, session.facts, session.library, refusing.has('*') || refusing.has(stepId))
    if (done === null) return
    if (done.kind === 'later') planHandOver(rehearsal, letter)
    else tell(rehearsal, { kind: 'delivery', deliveryId: letter.key }, at)
    tellLetter(rehearsal, letter, at, done.kind)
  })
}

function tellLetter(
  rehearsal: Rehearsal,
  letter: Letter,
  at: Instant,
  how: 'sent' | 'failed' | 'skipped' | 'cancelled' | 'later',
): void {
  const { delivery } = letter
  const what = nameOf(delivery)
  // What leaves at once has been said by its step.
  if (how === 'sent' && delivery.queuedAt === at) return
  const texts = {
    sent: `${what} went out.`,
    failed: `${what} was not taken: ${whyNot(delivery)}`,
    skipped: `${what} was left out after all: ${whyNot(delivery)}.`,
    cancelled: `${what} was taken back: ${whyNot(delivery)}.`,
    later: `${what} is held back once more: ${whyNot(delivery)}.`,
  }
  log(rehearsal, {
    at,
    kind: how === 'sent' ? 'sent' : 'not_sent',
    enrollment: delivery.enrollment,
    stepId: delivery.stepId,
    visit: delivery.visit,
    text: texts[how],
    detail: how === 'later' ? { until: delivery.notBefore } : null,
  })
}

function tellWithdrawn(rehearsal: Rehearsal, letter: Letter, at: Instant): void {
  if (noteWithdrawn(letter, rehearsal.session.facts, at)) tellLetter(rehearsal, letter, at, 'cancelled')
}

/** What changed of the lead may close tasks and let it in again. */
function followChanges(rehearsal: Rehearsal, at: Instant): void {
  const { session, input } = rehearsal
  const before = rehearsal.standing
  const { facts } = session
  if (before.stage !== facts.stage) {
    const end = endOfStage(facts.stage)
    if (end !== null) closePointless(rehearsal, end, at)
  }
  rehearsal.standing = standingOf(facts)
  if (input.triggers === false) return
  rehearsal.count += 1
  for (const happening of happeningsBetween(before, facts, at, String(rehearsal.count)))
    for (const { triggerId, entryKey, properties } of entriesFor(input.definition, happening))
      enter(rehearsal, { triggerId, entryKey, properties }, at)
}
