/** Fixes of settings that are missing, unknown, or name what is not there. */
import { compareOperators } from '../conditions/operators.ts'
import { compareOps } from '../conditions/schema.ts'
import { fieldCatalogue, findField } from '../fields.ts'
import { entryType, type JourneyDocument } from '../graph/document.ts'
import type { Issue } from '../issues.ts'
import { lookUp } from '../steps/lookup.ts'
import { choosing, fix, isSolved, titleOf, type Choice, type Fix, type FixContext } from './fix.ts'
import { choosingValue, ownId, setting } from './setting-fixes.ts'
import { bySimilarity } from './similar.ts'
import { rootOf, setValue, valueAt } from './values.ts'

/** What a setting of that name refers to: what may stand there, in the author's words. */
const referables: Readonly<Record<string, { noun: string; choices: (issue: Issue, context: FixContext) => Choice[] }>> =
  {
    asset: {
      noun: 'an asset',
      choices: (_, { library }) => named(Object.values(library.assets), ({ title }) => title),
    },
    pool: { noun: 'a pool', choices: (_, { library }) => named(Object.values(library.pools), ({ name }) => name) },
    otherPool: { noun: 'a pool', choices: (_, { library }) => named(Object.values(library.pools), ({ name }) => name) },
    survey: {
      noun: 'a survey',
      choices: (_, { library }) => named(Object.values(library.surveys), ({ title }) => title),
    },
    question: { noun: 'a question', choices: questionsOf },
    segment: {
      noun: 'a segment',
      choices: (_, { library }) => Object.keys(library.segments).map((key) => ({ value: key, label: key })),
    },
    form: {
      noun: 'a form',
      choices: (_, { library }) =>
        named(
          Object.values(library.forms).filter(({ archived }) => archived !== true),
          ({ title }) => title,
        ),
    },
    journey: {
      noun: 'a journey',
      choices: (_, { journeys }) => [...journeys].sort().map((key) => ({ value: key, label: key })),
    },
    field: { noun: 'a field', choices: fieldsOf },
    topicField: { noun: 'a field', choices: fieldsOf },
    target: {
      noun: 'a step',
      choices: ({ nodeId }, context) =>
        context.document.graph.nodes
          .filter(({ id, type }) => id !== nodeId && type !== entryType)
          .map(({ id }) => ({ value: id, label: titleOf(context, id) })),
    },
  }

function named<Item extends { key: string }>(items: readonly Item[], nameOf: (item: Item) => string): Choice[] {
  return items.map((item) => ({ value: item.key, label: nameOf(item) }))
}

function fieldsOf(_: Issue, { library }: FixContext): Choice[] {
  return fieldCatalogue(library).map(({ key, label }) => ({ value: key, label }))
}

/** Of the survey named beside it. */
function questionsOf(issue: Issue, { document, library }: FixContext): Choice[] {
  const survey: unknown = valueAt(rootOf(issue, document), [...issue.path.slice(0, -1), 'survey'])
  const questions = typeof survey === 'string' ? lookUp(library.surveys, survey)?.questions : undefined
  return (questions ?? []).map(({ id, text }) => ({ value: id, label: text }))
}

/** "Choose an asset…", when the setting is one that refers to something, likest names first. */
export function chooseReference(issue: Issue, context: FixContext): Fix[] {
  const key = issue.path.at(-1)
  const kind = typeof key === 'string' && Object.hasOwn(referables, key) ? referables[key] : undefined
  if (kind === undefined) return []
  const written: unknown = valueAt(rootOf(issue, context.document), issue.path)
  const text = typeof written === 'string' ? written : ''
  const choices = bySimilarity(kind.choices(issue, context), text, ({ value }) => value).filter(
    ({ value }) => value !== written,
  )
  const title = `Choose ${text === '' ? kind.noun : kind.noun.replace(/^an? /, 'another ')}…`
  if (key !== 'target') return choosingValue(issue, context, { id: 'choose', title, choices })
  // Whether a step is there is seen by the whole journey only.
  if (choices.length === 0) return []
  return [
    choosing(
      'choose',
      title,
      () => choices,
      (one, value) => setValue(one, issue, issue.path, value, context),
    ),
  ]
}

/** A setting that is missing, unknown or not allowed: what can be chosen, its default, or without it. */
export function fixConfig(issue: Issue, context: FixContext): Fix[] {
  const { document, registry } = context
  const { nodeId, path } = issue
  const node = document.graph.nodes.find(({ id }) => id === nodeId)
  const name = path.at(-1)
  if (node === undefined || name === undefined) return []
  const type = registry.get(node.type)
  const starter = valueAt(type?.starter, path)
  const written = valueAt(node.config, path)
  // The allowed words stand in the schema's own message; whether they are right is tried before they are offered.
  const words = /write one of (.*)\.$/.exec(issue.message)?.[1]
  const allowed = words === undefined ? [] : [...words.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word)
  return [
    ...ownId(issue, context),
    ...chooseReference(issue, context),
    ...choosingValue(issue, context, {
      id: 'allowed',
      title: 'Choose what is allowed…',
      choices: bySimilarity(allowed, typeof written === 'string' ? written : '', (word) => word).map((word) => ({
        value: word,
        label: word,
      })),
    }),
    ...(starter === undefined || starter === written
      ? []
      : setting(issue, context, { id: 'starter', title: 'Set it as in a new step', value: starter })),
    ...(written === undefined
      ? []
      : setting(issue, context, { id: 'without', title: `Remove the setting “${String(name)}”`, value: undefined })),
  ]
}

/** An operator that fits the field, and the value that is there. */
export function fixOperator(issue: Issue, context: FixContext): Fix[] {
  if (issue.path.at(-1) !== 'op') return chooseReference(issue, context)
  const root = rootOf(issue, context.document)
  const beside: unknown = valueAt(root, [...issue.path.slice(0, -1), 'field'])
  const field = typeof beside === 'string' ? findField(beside, context.library) : null
  if (field === null) return removeCondition(issue, context)
  const place = issue.path.slice(0, -1)
  const fitting = compareOps
    .filter((op) => compareOperators[op].types.some((type) => type === field.type))
    .map((op) => ({ value: op, label: `${field.label} ${compareOperators[op].label}` }))
  const op = valueAt(root, issue.path)
  const written = typeof op === 'string' ? op : ''
  // Only with the value that is there: an operator that leaves another problem would be no fix.
  const whole = bySimilarity(fitting, written, ({ value }) => value).filter(({ value }) => {
    const after = setValue(context.document, issue, issue.path, value, context)
    return ['OPERATOR_NOT_FOR_TYPE', 'OPERATOR_UNKNOWN', 'RULE_VALUE_INVALID', 'DURATION_INVALID'].every((code) =>
      isSolved(
        { ...issue, code: code as Issue['code'], path: code.startsWith('OPERATOR') ? issue.path : [...place, 'value'] },
        after,
        context,
      ),
    )
  })
  const write = (one: JourneyDocument, value: string) => setValue(one, issue, issue.path, value, context)
  return [
    ...(whole.length === 0 ? [] : [choosing('operator', 'Compare in another way…', () => whole, write)]),
    ...removeCondition(issue, context),
  ]
}

/** A value that fits: one of the options, the two the right way round, or without the condition. */
export function fixRuleValue(issue: Issue, context: FixContext): Fix[] {
  const root = rootOf(issue, context.document)
  const written = valueAt(root, issue.path)
  const beside: unknown = valueAt(root, [...issue.path.slice(0, -1), 'field'])
  const field = typeof beside === 'string' ? findField(beside, context.library) : null
  const options = (field?.options ?? []).map((option) => ({ value: option, label: option }))
  const isInList = typeof issue.path.at(-1) === 'number'
  return [
    ...(Array.isArray(written) && written.length === 2
      ? setting(issue, context, { id: 'swap', title: 'Swap the two values', value: written.toReversed() })
      : []),
    ...(typeof written === 'string'
      ? choosingValue(issue, context, {
          id: 'option',
          title: 'Choose one of its options…',
          choices: bySimilarity(options, written, ({ value }) => value),
        })
      : []),
    ...(isInList && valueAt(root, issue.path.slice(0, -1)) !== undefined
      ? setting(issue, context, { id: 'without', title: `Take out “${String(written)}”`, value: undefined })
      : []),
    ...removeCondition(issue, context),
  ]
}

/** Takes out the condition that is wrong, when its group has others. */
function removeCondition(issue: Issue, context: FixContext): Fix[] {
  const at = issue.path.findLastIndex((part, index) => part === 'rules' && typeof issue.path[index + 1] === 'number')
  if (at < 0) return []
  const place = issue.path.slice(0, at + 2)
  const group = valueAt(rootOf(issue, context.document), place.slice(0, -1))
  if (!Array.isArray(group) || group.length < 2) return []
  return [fix('remove-condition', 'Remove this condition', (one) => setValue(one, issue, place, undefined, context))]
}

/** What a rule, a trigger or a step names and is not there. */
export function fixReference(issue: Issue, context: FixContext): Fix[] {
  return [...chooseReference(issue, context), ...removeCondition(issue, context)]
}
