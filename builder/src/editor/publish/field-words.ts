/** A changed setting in words: what it is called, and what it was and is. Rules are their sentences. */
import { describeRule } from '#engine/conditions/describe.ts'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import type { GraphDiff } from '#engine/compiler/diff.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import { describeDuration, parseDuration } from '#engine/schedule/duration.ts'
import { sayKey } from '../../forms/option-words.ts'
import { t } from '../../i18n/t.ts'
import { formatNumber } from '../../ui/words.ts'
import type { Catalogue } from '../catalogue.ts'

type FieldChange = GraphDiff['settings'][number]

export interface SpokenChange {
  label: string
  before: string
  after: string
}

export interface WordsGround {
  catalogue: Catalogue
  library?: Library | undefined
}

/** The changes of one step; several inside one rule are one change of its sentence. */
export function speakChanges(
  fields: readonly FieldChange[],
  nodes: { before: GraphNode | undefined; after: GraphNode | undefined },
  ground: WordsGround,
): SpokenChange[] {
  const spoken = new Map<string, SpokenChange>()
  for (const change of fields) {
    const lifted = liftToRule(change, nodes)
    const key = JSON.stringify(lifted.path)
    if (spoken.has(key)) continue
    spoken.set(key, {
      label: labelOf(lifted.path, nodes, ground),
      before: sayValue(lifted.before, ground),
      after: sayValue(lifted.after, ground),
    })
  }
  return [...spoken.values()]
}

/** The journey's own settings. */
export function speakSettings(fields: readonly FieldChange[], ground: WordsGround): SpokenChange[] {
  return fields.map(({ path, before, after }) => ({
    label: path.map((part) => sayKey(String(part))).join(' · '),
    before: sayValue(before, ground),
    after: sayValue(after, ground),
  }))
}

/** The outermost rule the change is inside of, whole. */
function liftToRule(
  change: FieldChange,
  { before, after }: { before: GraphNode | undefined; after: GraphNode | undefined },
): FieldChange {
  for (let length = 1; length < change.path.length; length += 1) {
    const path = change.path.slice(0, length)
    const [old, now] = [valueAt(before?.config, path), valueAt(after?.config, path)]
    if (isRule(old) || isRule(now)) return { path, before: old, after: now }
  }
  return change
}

/** Follows keys, and ids in lists of things with ids. */
function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let here = value
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Array.isArray(here)
      ? here.find((item: unknown) => (item as { id?: unknown } | null)?.id === part)
      : (here as Record<string, unknown>)[String(part)]
  }
  return here
}

function isRule(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && ruleSchema.safeParse(value).success
}

const ownWords: Record<string, string> = {
  name: 'Name',
  disabled: 'Switched off',
  type: 'Kind of step',
  note: 'Note',
  tries: 'On failure',
  maxAttempts: 'Tries',
  timeoutSeconds: 'Seconds for one try',
}

function labelOf(
  path: readonly (string | number)[],
  { before, after }: { before: GraphNode | undefined; after: GraphNode | undefined },
  { catalogue }: WordsGround,
): string {
  const node = after ?? before
  const schema = node === undefined ? undefined : catalogue.manifest(node.type)?.config
  const properties = (schema?.['properties'] ?? {}) as Record<string, { title?: string } | undefined>
  return path
    .map((part, index) => {
      if (index === 0)
        return (
          properties[String(part)]?.title ?? (String(part) in ownWords ? t(ownWords[part] ?? '') : sayKey(String(part)))
        )
      const item = valueAt(after?.config, path.slice(0, index + 1)) ?? valueAt(before?.config, path.slice(0, index + 1))
      const name = (item as { name?: unknown; label?: unknown } | null | undefined)?.name
      const label = (item as { label?: unknown } | null | undefined)?.label
      if (typeof name === 'string') return `“${name}”`
      if (typeof label === 'string') return `“${label}”`
      return path[0] === 'tries' ? t(ownWords[String(part)] ?? '') : sayKey(String(part))
    })
    .join(' · ')
}

/** A value as a person would write it; absent is "not set". */
function sayValue(value: unknown, ground: WordsGround): string {
  if (value === undefined || value === null || value === '') return t('not set')
  if (typeof value === 'boolean') return value ? t('yes') : t('no')
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return parseDuration(value) === null ? value : describeDuration(value)
  const rule = ruleSchema.safeParse(value)
  if (rule.success && !Array.isArray(value)) {
    const sentence = describeRule(rule.data, ground.library ?? emptyLibrary())
    return sentence.charAt(0).toUpperCase() + sentence.slice(1)
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? t('none') : value.map((item: unknown) => sayItem(item, ground)).join(', ')
  }
  return Object.entries(value as Record<string, unknown>)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => `${sayKey(key)}: ${sayValue(inner, ground)}`)
    .join('; ')
}

function sayItem(item: unknown, ground: WordsGround): string {
  const { name, label } = (typeof item === 'object' && item !== null ? item : {}) as { name?: unknown; label?: unknown }
  if (typeof name === 'string') return name
  return typeof label === 'string' ? label : sayValue(item, ground)
}
