/** Lines of a journey's audit log, newest first, as entries people can read: one sitting, one act on many leads. Pure. */

/** A line as the log has it. */
export interface Line {
  id: number
  at: Date
  actor: string
  action: string
  before: unknown
  after: unknown
}

interface NamedStep {
  id: string
  name: string | null
}

export interface Sitting {
  kind: 'sitting'
  newest: Line
  since: Date
  saves: number
  added: Map<string, NamedStep>
  removed: Map<string, NamedStep>
  changed: Map<string, NamedStep>
  journey: boolean
  layout: boolean
}

export interface Act {
  kind: 'act'
  newest: Line
  since: Date
  leads: number
  isTest: boolean
}

/** Any other line is an entry of its own. */
export type Entry = Sitting | Act | { kind: 'line'; newest: Line }

/** Saves further apart are two sittings. */
const sittingMs = 30 * 60_000
/** One act on many leads is written in pages; archiving a journey asks once per page. */
const actMs = 5 * 60_000

const known = new Set(
  [
    'create',
    'import',
    'save_draft',
    'restore',
    'publish',
    'roll_back',
    'publish_scheduled',
    'publish_cancelled',
    'publish_failed',
    'pause',
    'resume',
    'archive',
    'move_done',
    'move_cancelled',
    'move_stopped',
    'control',
    'enroll_matching',
    'tag',
    'add_test_case',
    'change_test_case',
    'remove_test_case',
  ].map((action) => `journey.${action}`),
)

/** Collects lines until the page is full. */
export function createFold(limit: number) {
  const entries: Entry[] = []
  const sittings = new Map<string, Sitting>()
  const acts = new Map<string, Act>()
  /** Revisions that a restore has made: its save is no edit of its own. */
  const restored = new Set<number>()

  const open = <E extends Entry>(entry: E): E | null => {
    if (entries.length === limit) return null
    entries.push(entry)
    return entry
  }

  /** False when it would begin an entry too many: it is the first of the next page. */
  const take = (line: Line): boolean => {
    if (!known.has(line.action)) return true
    if (line.action === 'journey.save_draft') {
      const revision = numberIn(line.after, 'revision')
      if (revision !== null && restored.has(revision)) return true
      const present = sittings.get(line.actor)
      if (present !== undefined && present.since.getTime() - line.at.getTime() <= sittingMs) {
        addSave(present, line)
        return true
      }
      const opened = open(newSitting(line))
      if (opened === null) return false
      sittings.set(line.actor, opened)
      return true
    }
    if (line.action === 'journey.control') {
      const isOne = textIn(line.after, 'enrollmentId') !== null
      const key = isOne ? String(line.id) : actKey(line)
      const present = acts.get(key)
      const leads = numberIn(line.after, 'leads') ?? 1
      const isTest = valueIn(line.after, 'isTest') === true
      if (present !== undefined && present.since.getTime() - line.at.getTime() <= actMs) {
        present.leads += leads
        present.isTest &&= isTest
        present.since = line.at
        return true
      }
      const opened = open<Act>({ kind: 'act', newest: line, since: line.at, leads, isTest })
      if (opened === null) return false
      acts.set(key, opened)
      return true
    }
    if (open({ kind: 'line', newest: line }) === null) return false
    // What was edited before a publish is not what was edited after it.
    if (line.action === 'journey.restore') restored.add(numberIn(line.after, 'revision') ?? -1)
    sittings.clear()
    return true
  }
  return { entries: entries as readonly Entry[], take }
}

function newSitting(line: Line): Sitting {
  const sitting: Sitting = {
    kind: 'sitting',
    newest: line,
    since: line.at,
    saves: 0,
    added: new Map(),
    removed: new Map(),
    changed: new Map(),
    journey: false,
    layout: false,
  }
  addSave(sitting, line)
  return sitting
}

/** An older save than those that are in it. What was put in and taken out again is neither. */
function addSave(sitting: Sitting, line: Line): void {
  const { added, removed, changed } = sitting
  sitting.since = line.at
  sitting.saves += 1
  sitting.journey ||= valueIn(line.after, 'journey') === true
  sitting.layout ||= valueIn(line.after, 'layout') === true
  for (const step of stepsIn(line.after, 'added')) {
    changed.delete(step.id)
    const isGone = removed.delete(step.id)
    // The name it got later is the one it is known by.
    if (!isGone) added.set(step.id, added.get(step.id) ?? step)
  }
  for (const step of stepsIn(line.after, 'removed')) {
    // Taken out and brought back by an undo: at most changed.
    if (added.delete(step.id)) changed.set(step.id, step)
    else removed.set(step.id, step)
  }
  for (const step of stepsIn(line.after, 'changed')) {
    if (!added.has(step.id) && !removed.has(step.id) && !changed.has(step.id)) changed.set(step.id, step)
  }
}

function actKey({ actor, before, after }: Line): string {
  const of = (name: string) => textIn(after, name)
  return JSON.stringify([actor, of('action'), of('reason'), textIn(before, 'stepId'), of('stepId')])
}

export function valueIn(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined
}

export function textIn(json: unknown, name: string): string | null {
  const value = valueIn(json, name)
  return typeof value === 'string' ? value : null
}

export function numberIn(json: unknown, name: string): number | null {
  const value = valueIn(json, name)
  return typeof value === 'number' ? value : null
}

function stepsIn(json: unknown, name: string): NamedStep[] {
  const list = valueIn(json, name)
  if (!Array.isArray(list)) return []
  return list.flatMap((step: unknown) => {
    const id = textIn(step, 'id')
    return id === null ? [] : [{ id, name: textIn(step, 'name') }]
  })
}
