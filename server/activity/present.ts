/** Entries of a journey's activity as the contract shows them, with names read for the page. */
import type { Activity } from '../contract/journey-activity.ts'
import { presentLeadName, toInstant } from '../present.ts'
import { numberIn, textIn, valueIn, type Act, type Entry, type Line, type Sitting } from './fold.ts'

type Named = Parameters<typeof presentLeadName>[0]
type Step = { id: string; name: string }

/** What the page's entries speak of. */
export interface Names {
  actors: ReadonlyMap<string, string>
  /** By enrollment; nobody without a right to leads. */
  leads: ReadonlyMap<string, Named>
  /** Whether what people wrote about leads may be shown: a name may be in it. */
  mayReadLeads: boolean
  /** Why something was done about one lead, by the id of the journey's line. */
  reasons: ReadonlyMap<number, string>
  publications: ReadonlyMap<string, { publishAt: Date; zone: string; note: string }>
  nameStep: (version: number | null, stepId: string) => Promise<Step>
}

export async function presentEntry(entry: Entry, names: Names): Promise<Activity> {
  const { id, at, actor } = entry.newest
  const base = { id: String(id), at: toInstant(at), by: { actor, name: names.actors.get(actor) ?? actor } }
  if (entry.kind === 'sitting') return { ...base, kind: 'edited', ...presentSitting(entry) }
  if (entry.kind === 'act') return { ...base, kind: 'controlled', ...(await presentAct(entry, names)) }
  return { ...base, ...presentLine(entry.newest, names) }
}

function presentSitting({ since, saves, added, removed, changed, journey, layout }: Sitting) {
  const listed = (steps: Sitting['added']) => [...steps.values()]
  return {
    since: toInstant(since),
    saves,
    added: listed(added),
    removed: listed(removed),
    changed: listed(changed),
    journey,
    layout,
  }
}

type Controlled = Extract<Activity, { kind: 'controlled' }>

async function presentAct({ newest, leads, isTest }: Act, names: Names) {
  const { id, before, after } = newest
  const enrollmentId = textIn(after, 'enrollmentId')
  const from = numberIn(before, 'version')
  const version = numberIn(after, 'version')
  const step = textIn(before, 'stepId')
  const to = textIn(after, 'stepId')
  const lead = enrollmentId === null ? undefined : names.leads.get(enrollmentId)
  return {
    action: textIn(after, 'action') as Controlled['action'],
    leads,
    isTest,
    lead: lead === undefined ? null : presentLeadName(lead),
    enrollmentId,
    step: step === null ? null : await names.nameStep(from, step),
    to: to === null ? null : await names.nameStep(version ?? from, to),
    version,
    reason: names.mayReadLeads ? (names.reasons.get(id) ?? textIn(after, 'reason') ?? '') : '',
  }
}

/** Without what all entries have. */
type Own<A extends Activity> = A extends Activity ? Omit<A, 'id' | 'at' | 'by'> : never

function presentLine({ action, before, after }: Line, { publications }: Names): Own<Activity> {
  const reason = textIn(after, 'reason') ?? ''
  const version = numberIn(after, 'version') ?? 0
  const publication = publications.get(textIn(after, 'publicationId') ?? '')
  const publishAt = publication === undefined ? null : toInstant(publication.publishAt)
  const zone = publication?.zone ?? 'UTC'
  const name = textIn(after, 'name') ?? textIn(before, 'name') ?? ''
  switch (action) {
    case 'journey.create':
      return { kind: 'created' }
    case 'journey.import':
      return { kind: 'imported' }
    case 'journey.restore':
      return { kind: 'restored', version }
    case 'journey.publish':
    case 'journey.roll_back': {
      const from = numberIn(after, 'from')
      return {
        kind: 'published',
        version,
        before: numberIn(before, 'version'),
        from,
        note: textIn(after, 'note') ?? '',
      }
    }
    case 'journey.publish_scheduled':
      return { kind: 'scheduled', publishAt, zone, note: publication?.note ?? '' }
    case 'journey.publish_cancelled':
      return { kind: 'called_off', publishAt, zone }
    case 'journey.publish_failed':
      return { kind: 'not_published', message: textIn(after, 'message') ?? '' }
    case 'journey.pause':
      return { kind: 'paused', reason }
    case 'journey.resume':
      return { kind: 'resumed', reason }
    case 'journey.archive':
      return { kind: 'archived', reason }
    case 'journey.move_done':
    case 'journey.move_cancelled': {
      const outcome = action === 'journey.move_done' ? 'done' : 'stopped'
      return { kind: 'moved', outcome, version, moved: sumOf(after, 'moved'), exited: sumOf(after, 'exited') }
    }
    case 'journey.move_stopped':
      return { kind: 'moved', outcome: 'stopping', version, moved: null, exited: null }
    case 'journey.enroll_matching':
      return { kind: 'enrolled', leads: numberIn(after, 'matching') ?? 0, held: valueIn(after, 'held') === true }
    case 'journey.tag': {
      const tags = valueIn(after, 'tags')
      return { kind: 'tagged', tags: Array.isArray(tags) ? tags.map(String) : [] }
    }
    case 'journey.add_test_case':
      return { kind: 'test_case', change: 'added', name }
    case 'journey.change_test_case':
      return { kind: 'test_case', change: 'changed', name }
    case 'journey.remove_test_case':
      return { kind: 'test_case', change: 'removed', name }
    default:
      // The fold passes over what is not known.
      throw new Error(`No words for "${action}".`)
  }
}

/** Over the policies of a move. */
function sumOf(after: unknown, member: string): number {
  const outcome = valueIn(after, 'outcome')
  if (!Array.isArray(outcome)) return 0
  return outcome.reduce((sum: number, policy: unknown) => sum + (numberIn(policy, member) ?? 0), 0)
}
