/** What the `check` of several step types finds: references, durations, zones, repeated ids. */
import type { Issue, IssueCode } from '../issues.ts'
import type { Library } from '../library.ts'
import { durationToMs } from '../schedule/duration.ts'
import { isZone } from '../schedule/zone.ts'
import { lookUp } from './lookup.ts'

/** An issue as a step's check returns it; the compiler adds the node. */
export type StepIssue = Omit<Issue, 'nodeId'>
export type IssuePath = (string | number)[]

/** Longer waits are mistakes: a lead is not kept for more than fifty years. */
const longestMs = 50 * 365 * 86_400_000

/** An error at a place in the config. */
export function problem(code: IssueCode, path: IssuePath, message: string, hint?: string): StepIssue {
  return { code, severity: 'error', path, message, ...(hint === undefined ? {} : { hint }) }
}

/** A warning at a place in the config: publishing is not blocked. */
export function warning(code: IssueCode, path: IssuePath, message: string, hint?: string): StepIssue {
  return { ...problem(code, path, message, hint), severity: 'warning' }
}

/** REFERENCE_MISSING unless the library has it; nothing for an empty reference. */
export function checkReference(
  library: Library,
  kind: 'assets' | 'pools' | 'surveys' | 'segments' | 'forms',
  key: string | undefined,
  path: IssuePath,
): StepIssue[] {
  if (key === undefined || lookUp<unknown>(library[kind], key) !== undefined) return []
  const noun = kind.slice(0, -1)
  return [problem('REFERENCE_MISSING', path, `There is no ${noun} "${key}"; create it or choose another.`)]
}

/** REFERENCE_MISSING unless the survey exists and has the question. An absent `question` means "any". */
export function checkQuestion(
  library: Library,
  survey: string,
  question: string | undefined,
  path: IssuePath,
): StepIssue[] {
  const found = lookUp(library.surveys, survey)
  if (found === undefined) return checkReference(library, 'surveys', survey, [...path, 'survey'])
  if (question === undefined || found.questions.some((one) => one.id === question)) return []
  return [
    problem(
      'REFERENCE_MISSING',
      [...path, 'question'],
      `Survey "${survey}" has no question "${question}"; choose one of ${found.questions.map((one) => `"${one.id}"`).join(', ')}.`,
    ),
  ]
}

/** DURATION_INVALID for a duration that lets no time pass or is longer than fifty years. */
export function checkDuration(iso: string | undefined, path: IssuePath): StepIssue[] {
  if (iso === undefined) return []
  const ms = durationToMs(iso)
  if (!(ms > 0))
    return [problem('DURATION_INVALID', path, `"${iso}" lets no time pass; write for example P3D or PT4H.`)]
  if (ms > longestMs)
    return [problem('DURATION_INVALID', path, `"${iso}" is longer than fifty years; write a shorter one.`)]
  return []
}

/** WAIT_WITHOUT_TIMEOUT when empty, else as `checkDuration`. */
export function checkTimeout(timeout: string | undefined): StepIssue[] {
  if (timeout !== undefined) return checkDuration(timeout, ['timeout'])
  return [
    problem(
      'WAIT_WITHOUT_TIMEOUT',
      ['timeout'],
      'This wait has no timeout, so a lead could stay here for ever; say how long to wait, for example P7D.',
    ),
  ]
}

/** ZONE_UNKNOWN for a zone name that is not in the IANA database. */
export function checkZone(zone: string | undefined, path: IssuePath = ['zone']): StepIssue[] {
  if (zone === undefined || isZone(zone)) return []
  return [problem('ZONE_UNKNOWN', path, `"${zone}" is not a time zone; write an IANA name, for example Europe/Zurich.`)]
}

/** STEP_CONFIG_INVALID at each id that was used before in the same list. */
export function checkUniqueIds(items: readonly { id: string }[], path: string): StepIssue[] {
  const seen = new Set<string>()
  return items.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [problem('STEP_CONFIG_INVALID', [path, index, 'id'], `The id "${id}" is used twice; give each its own.`)]
  })
}

/** REFERENCE_MISSING at `journey` unless a journey of that key exists. */
export function checkJourney(journey: string, journeys: ReadonlySet<string>): StepIssue[] {
  if (journeys.has(journey)) return []
  return [problem('REFERENCE_MISSING', ['journey'], `There is no journey "${journey}"; create it or choose another.`)]
}
