/** Where a lead rests and nobody has said what happens, the world does what the step type says it tends to do. */
import { matchesProperties } from '../conditions/properties.ts'
import type { PropertyFilter, Rule } from '../conditions/schema.ts'
import type { Instant } from '../facts.ts'
import { addDuration } from '../schedule/duration.ts'
import { zoneOr } from '../schedule/zone.ts'
import type { LiveEnrollment } from '../turn/live-enrollment.ts'
import { builtInEvents } from '../vocabulary.ts'
import { act } from './acts.ts'
import { actsThatSatisfy, imagineAnswers, imagineProperties, pick, resultsOf, shareOf } from './imagine.ts'
import { log, type Rehearsal } from './rehearsal.ts'
import type { WorldAct } from './types.ts'

/** Plans what the world does about every rest that is new. */
export function assume(rehearsal: Rehearsal, at: Instant): void {
  for (const live of rehearsal.session.live) {
    const { state } = live
    if (state.status !== 'active' || state.rest === null) continue
    const place = `assumed:${String(rehearsal.lives.indexOf(live))}:${state.stepId}:${String(state.visit)}`
    if (rehearsal.told.has(place)) continue
    rehearsal.told.add(place)
    plan(rehearsal, live, at, place)
  }
}

function plan(rehearsal: Rehearsal, live: LiveEnrollment, at: Instant, place: string): void {
  const { session, input } = rehearsal
  const { stepId, visit, rest } = live.state
  const step = live.definition.steps[stepId]
  const type = step === undefined ? undefined : session.stepType(step.type)
  if (step === undefined || type === undefined || rest === null) return
  const isOutside = rest.on.some((key) => key.startsWith('effect:'))
  if (input.assume === 'nothing' && !isOutside) return
  if (isInjected(rehearsal, live, at)) return
  const results = resultsOf(type, step.config)
  const salt = `${input.seed}:${session.facts.leadId}:${place}`
  const result = pick(results, input.assume === 'chance' ? 'chance' : 'likely', salt)
  if (result === undefined || result.port === 'timeout') return
  const zone = zoneOr(session.facts.zone, live.definition.settings.zone)
  const wanted = result.after === undefined ? at : addDuration(at, result.after, zone)
  // What would come after the step has given up comes half-way instead: it is the result that was drawn.
  const inTime =
    live.wakeAt !== null && wanted >= live.wakeAt && !isOutside ? Math.floor((at + live.wakeAt) / 2) : wanted
  rehearsal.agenda.add(inTime, () => {
    const { state } = live
    if (state.status !== 'active' || state.stepId !== stepId || state.visit !== visit) return
    const acts = actsFor(rehearsal, live, result.port, inTime, salt)
    if (acts === null) {
      const text = `“${step.name}”: nothing that can be made up leads to “${result.port}”, so nothing happens.`
      log(rehearsal, { at: inTime, kind: 'happened', stepId, visit, text, isAssumed: true })
      return
    }
    const share = shareOf(result, results)
    for (const one of acts) act(rehearsal, one, inTime, true)
    const line = rehearsal.lines.at(-1)
    if (line !== undefined && acts.length > 0 && share < 100)
      line.text += ` (Assumed; about ${String(share)} % of leads.)`
  })
}

/** True when somebody has said what happens while the lead rests here. */
function isInjected({ input }: Rehearsal, live: LiveEnrollment, at: Instant): boolean {
  const { stepId, rest } = live.state
  const { config = {}, type } = live.definition.steps[stepId] ?? {}
  const until = live.wakeAt ?? Infinity
  return input.happenings.some(({ at: when, act: what }) => {
    if (when < at || when > until) return false
    switch (what.kind) {
      case 'task':
        return rest?.on.some((key) => key.startsWith('task:')) === true && [undefined, stepId].includes(what.stepId)
      case 'effect':
        return rest?.on.some((key) => key.startsWith('effect:')) === true && [undefined, stepId].includes(what.stepId)
      case 'event':
        return type === 'wait_for_rule' || config['event'] === what.type
      case 'answers':
        return type === 'wait_for_rule' || config['event'] === eventOf(what)
      case 'refuse_messages':
        return false
      case 'unsubscribe':
      case 'set_field':
      case 'set_stage':
      case 'set_attention':
      case 'add_score':
      case 'add_tag':
      case 'remove_tag':
        return type === 'wait_for_rule'
    }
  })
}

function eventOf({ asked }: Extract<WorldAct, { kind: 'answers' }>): string {
  return asked === 'question' ? builtInEvents.questionAnswered : builtInEvents.surveyAnswered
}

/** What makes the lead leave by this port. */
function actsFor(
  rehearsal: Rehearsal,
  live: LiveEnrollment,
  port: string,
  at: Instant,
  salt: string,
): WorldAct[] | null {
  const { session } = rehearsal
  const { stepId, rest } = live.state
  const config = live.definition.steps[stepId]?.config ?? {}
  if (rest?.on.some((key) => key.startsWith('effect:')) === true) return [{ kind: 'effect', port, stepId }]
  if (port.startsWith('outcome:')) return [{ kind: 'task', outcome: port, stepId }]
  const { event, where, rule } = config
  if (typeof event === 'string') return [imagineEvent(rehearsal, live, event, (where ?? []) as PropertyFilter[], salt)]
  if (rule === undefined) return null
  const zone = zoneOr(session.facts.zone, live.definition.settings.zone)
  return actsThatSatisfy(rule as Rule, { facts: session.facts, library: session.library, now: at, zone })
}

/** An event that fits; answers to a survey are made up with it. */
function imagineEvent(
  { session, letters }: Rehearsal,
  live: LiveEnrollment,
  event: string,
  where: readonly PropertyFilter[],
  salt: string,
): WorldAct {
  const made = imagineProperties(where)
  const isQuestion = event === builtInEvents.questionAnswered
  if (isQuestion || event === builtInEvents.surveyAnswered) {
    const last = letters.findLast((letter) => letter.live === live && letter.command.content.surveyKey !== undefined)
    const survey = typeof made['survey'] === 'string' ? made['survey'] : last?.command.content.surveyKey
    const question = typeof made['question'] === 'string' ? made['question'] : last?.command.content.questionId
    if (survey !== undefined && Object.hasOwn(session.library.surveys, survey)) {
      const drawn = imagineAnswers(session.library, survey, isQuestion ? (question ?? null) : null, salt)
      const { survey: _, question: __, value: ___, ...wanted } = made
      const answers = matchesProperties({ survey, ...drawn }, where) ? drawn : { ...drawn, ...wanted }
      return { kind: 'answers', survey, answers, asked: isQuestion ? 'question' : 'survey' }
    }
  }
  const last = letters.findLast((letter) => letter.live === live)
  const properties =
    event === builtInEvents.emailOpened || event === builtInEvents.linkClicked || last === undefined
      ? made
      : { ...(last.delivery.assetKey === null ? {} : { asset: last.delivery.assetKey }), ...made }
  return { kind: 'event', type: event, properties }
}
