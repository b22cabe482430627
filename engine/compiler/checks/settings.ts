import type { Issue } from '../../issues.ts'
import { isZone } from '../../schedule/zone.ts'
import type { Analysis } from '../analysis.ts'
import { durationProblem } from './durations.ts'

/** What the schema cannot say about the journey's options. Goal and exit rules are checked with the other rules. */
export function checkSettings({ graph }: Analysis): Issue[] {
  const { zone, callCoolOff, reenrollment, exits } = graph.settings
  const issues: Issue[] = []
  const report = (code: Issue['code'], path: (string | number)[], message: string): void => {
    issues.push({ code, severity: 'error', path: ['settings', ...path], message })
  }
  if (!isZone(zone)) {
    report('ZONE_UNKNOWN', ['zone'], `"${zone}" is not a time zone; write an IANA name, for example Europe/Zurich.`)
  }
  const tooLong = durationProblem(callCoolOff)
  if (tooLong !== null) report('DURATION_INVALID', ['callCoolOff'], tooLong)
  if (reenrollment.policy === 'after_days' && reenrollment.days === undefined) {
    const message = 'Leads may enter again "after_days", but after how many is missing; fill in the days.'
    report('GRAPH_MALFORMED', ['reenrollment', 'days'], message)
  }
  const seen = new Set<string>()
  exits.forEach(({ id, name }, index) => {
    const message = `The exit rule "${name}" has the id "${id}" of another; give it its own.`
    if (seen.has(id)) report('GRAPH_MALFORMED', ['exits', index, 'id'], message)
    seen.add(id)
  })
  return issues
}
