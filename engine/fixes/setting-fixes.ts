/** Fixes of values: percentages, timeouts, deadlines, lengths of time, zones, purposes, settings that are wrong. */
import { durationToMs } from '../schedule/duration.ts'
import { findNode, type JourneyDocument } from '../graph/document.ts'
import type { Issue } from '../issues.ts'
import { choosing, fix, isSolved, type Choice, type Fix, type FixContext } from './fix.ts'
import { putBefore } from './put-before.ts'
import { rootOf, setValue, valueAt } from './values.ts'

/** Lengths of time to pick from. */
const lengths: readonly Choice[] = [
  { value: 'PT1H', label: '1 hour' },
  { value: 'PT4H', label: '4 hours' },
  { value: 'P1D', label: '1 day' },
  { value: 'P3D', label: '3 days' },
  { value: 'P7D', label: '7 days' },
  { value: 'P14D', label: '14 days' },
  { value: 'P30D', label: '30 days' },
]

/** A fix that writes one value, when that solves the problem. */
export function setting(
  issue: Issue,
  context: FixContext,
  { id, title, path = issue.path, value }: { id: string; title: string; path?: Issue['path']; value: unknown },
): Fix[] {
  const apply = (one: JourneyDocument) => setValue(one, issue, path, value, context)
  const after = apply(context.document)
  return after !== context.document && isSolved(issue, after, context) ? [fix(id, title, apply)] : []
}

/** The choices that solve the problem when they are written at its place; none = no fix. At most 200 are tried. */
export function choosingValue(
  issue: Issue,
  context: FixContext,
  {
    id,
    title,
    path = issue.path,
    choices,
  }: { id: string; title: string; path?: Issue['path']; choices: readonly Choice[] },
): Fix[] {
  const write = (one: JourneyDocument, value: string) => setValue(one, issue, path, value, context)
  const solving = choices.slice(0, 200).filter(({ value }) => isSolved(issue, write(context.document, value), context))
  return solving.length === 0 ? [] : [choosing(id, title, () => [...solving], write)]
}

export function fixTimeout(issue: Issue, context: FixContext): Fix[] {
  return [
    ...setting(issue, context, { id: 'week', title: 'Wait 7 days at most', value: 'P7D' }),
    ...choosingValue(issue, context, { id: 'length', title: 'Wait at most…', choices: lengths }),
  ]
}

export function fixDeadline(issue: Issue, context: FixContext): Fix[] {
  const hours = [
    { value: 'PT1H', label: '1 working hour' },
    { value: 'PT4H', label: '4 working hours' },
    { value: 'PT8H', label: '8 working hours' },
    { value: 'P2D', label: '2 working days' },
    { value: 'P5D', label: '5 working days' },
  ]
  return [
    ...setting(issue, context, { id: 'day', title: 'Make it due within 8 working hours', value: 'PT8H' }),
    ...choosingValue(issue, context, { id: 'length', title: 'Make it due within…', choices: hours }),
  ]
}

export function fixDuration(issue: Issue, context: FixContext): Fix[] {
  // Where a "later than" is asked for, any length is a guess: the author picks.
  return choosingValue(issue, context, { id: 'length', title: 'Choose a length…', choices: lengths })
}

export function fixZone(issue: Issue, context: FixContext): Fix[] {
  const { library, document } = context
  const known: Choice[] = [
    { value: library.policy.zone, label: `${library.policy.zone} (the company’s)` },
    ...(issue.nodeId === undefined
      ? []
      : [{ value: document.graph.settings.zone, label: `${document.graph.settings.zone} (the journey’s)` }]),
    { value: 'UTC', label: 'UTC' },
  ]
  const zones = known.filter(({ value }, index) => known.findIndex((other) => other.value === value) === index)
  return zones.flatMap(({ value, label }, index) =>
    setting(issue, context, { id: `zone-${String(index)}`, title: `Use ${label}`, value }),
  )
}

export function fixSplit(issue: Issue, context: FixContext): Fix[] {
  const ways = valueAt(rootOf(issue, context.document), ['ways'])
  if (!Array.isArray(ways)) return []
  const percents = ways.map((way: unknown) => Number(valueAt(way, ['percent'])))
  if (percents.some((percent) => !Number.isFinite(percent))) return []
  const total = percents.reduce((sum, percent) => sum + percent, 0)
  const write = (next: readonly number[], id: string, title: string): Fix[] => {
    const value = ways.map((way: object, index) => ({ ...way, percent: next[index] }))
    return setting(issue, context, { id, title, path: ['ways'], value })
  }
  const others = total - (percents.at(-1) ?? 0)
  const last: unknown = valueAt(ways.at(-1), ['name']) || valueAt(ways.at(-1), ['id'])
  const rest = round(100 - others)
  return [
    ...(total > 0
      ? write(
          toHundred(percents.map((percent) => (percent / total) * 100)),
          'scale',
          'Make it 100 %, in the same proportions',
        )
      : []),
    ...(rest > 0 && rest < 100
      ? write([...percents.slice(0, -1), rest], 'rest', `Give “${String(last)}” the rest: ${String(rest)} %`)
      : []),
    ...write(toHundred(percents.map(() => 100 / percents.length)), 'even', 'Share evenly'),
  ]
}

/** Rounded to hundredths, the largest takes what rounding leaves. */
function toHundred(shares: readonly number[]): number[] {
  const rounded = shares.map(round)
  const largest = rounded.indexOf(Math.max(...rounded))
  const others = rounded.reduce((sum, share, index) => (index === largest ? sum : sum + share), 0)
  return rounded.map((share, index) => (index === largest ? round(100 - others) : share))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

export function fixCoolOff(issue: Issue, context: FixContext): Fix[] {
  const { document, library } = context
  const { nodeId } = issue
  const node = nodeId === undefined ? undefined : findNode(document, nodeId)
  if (node === undefined) return []
  const own = document.graph.settings.callCoolOff
  const longest = durationToMs(own) >= durationToMs(library.policy.callCoolOff) ? own : library.policy.callCoolOff
  const isCallStep = node.type === 'escalate_to_call'
  return [
    ...(isCallStep
      ? [
          fix('let-wait', 'Let the call wait for the cool-off', (one) =>
            setValue(one, issue, ['afterCoolOff'], 'wait', context),
          ),
        ]
      : []),
    fix('put-wait', 'Put a wait as long as the cool-off before it', (one) =>
      putBefore(one, node.id, { type: 'wait', config: { duration: longest } }, context),
    ),
  ]
}

export function fixPromotional(issue: Issue, context: FixContext): Fix[] {
  return [
    ...setting(issue, context, {
      id: 'allow',
      title: 'Allow promotional assets in this step',
      path: ['allowPromotional'],
      value: true,
    }),
    ...setting(issue, context, {
      id: 'promotional',
      title: 'Make it a promotional message',
      path: ['purpose'],
      value: 'promotional',
    }),
  ]
}

export function fixPurpose(issue: Issue, context: FixContext): Fix[] {
  const make = (value: string, title: string): Fix =>
    fix(value, title, (one) => setValue(one, issue, ['purpose'], value, context))
  const nurture = make('nurture', 'Make it a nurture message')
  return issue.code === 'TRANSACTIONAL_PROMOTES'
    ? [make('promotional', 'Make it a promotional message'), nurture]
    : [nurture]
}

export function fixNeverAsked(issue: Issue, context: FixContext): Fix[] {
  const { nodeId } = issue
  const config = rootOf(issue, context.document)
  const [survey, question] = [valueAt(config, ['survey']), valueAt(config, ['question'])]
  if (nodeId === undefined || typeof survey !== 'string' || typeof question !== 'string') return []
  return [
    fix('ask', 'Ask the question before it', (one) =>
      putBefore(one, nodeId, { type: 'ask_question', config: { survey, question } }, context),
    ),
    fix('send', 'Send the survey before it', (one) =>
      putBefore(one, nodeId, { type: 'send_survey', config: { survey } }, context),
    ),
  ]
}

/** What is missing or wrong in the journey's own settings. */
export function fixMalformed(issue: Issue, context: FixContext): Fix[] {
  const { path } = issue
  if (issue.nodeId !== undefined || path[0] !== 'settings') return []
  if (path[1] === 'reenrollment') {
    return [
      ...setting(issue, context, { id: 'days', title: 'Let leads enter again after 30 days', value: 30 }),
      ...setting(issue, context, {
        id: 'never',
        title: 'Let each lead enter once only',
        path: ['settings', 'reenrollment'],
        value: { policy: 'never' },
      }),
    ]
  }
  return path.at(-1) === 'id' ? ownId(issue, context) : []
}

/** An id of its own for an item of a list whose id is used twice. */
export function ownId(issue: Issue, context: FixContext): Fix[] {
  const { path, nodeId } = issue
  const root = rootOf(issue, context.document)
  const list: unknown = valueAt(root, path.slice(0, -2))
  const id: unknown = valueAt(root, path)
  if (path.at(-1) !== 'id' || !Array.isArray(list) || typeof id !== 'string') return []
  const taken = new Set(list.map((item: unknown) => valueAt(item, ['id'])))
  let number = 2
  while (taken.has(`${id}-${String(number)}`)) number += 1
  const value = `${id}-${String(number)}`
  return setting(issue, context, {
    id: 'own-id',
    title: `Give it an id of its own${nodeId === undefined ? '' : `: “${value}”`}`,
    value,
  })
}
