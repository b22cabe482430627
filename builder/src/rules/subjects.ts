/** What a condition can be about, as one list to choose from, and the condition that choosing begins with. */
import { findField } from '#engine/fields.ts'
import type { CompareOp, RuleValue } from '#engine/conditions/schema.ts'
import { compareOperators } from '#engine/conditions/operators.ts'
import type { Condition } from '#engine/conditions/walk.ts'
import type { FieldType, Library } from '#engine/library.ts'
import type { getRuleVocabulary } from '#server/contract/rules.ts'
import type { ResultOf } from '#server/contract/route.ts'
import { t } from '../i18n/t.ts'
import { blank, type Card } from './tree.ts'

export type Vocabulary = ResultOf<typeof getRuleVocabulary>

/** `field:score`, `event:downloaded`, `answer:<survey> <question>`, `tag`, `segment`, `asset`, `messages`, `always`, `json`. */
export type Subject = string

export interface SubjectGroup {
  group: string
  items: { value: Subject; label: string }[]
}

const fieldGroups = [
  ['lead', 'Lead'],
  ['company', 'Company'],
  ['behaviour', 'Behaviour'],
] as const

/** Everything there is, by where it comes from; `current` is among it even when the library no longer has it. */
export function subjectGroups(vocabulary: Vocabulary, current: Subject | null): SubjectGroup[] {
  const [lead, company, behaviour] = fieldGroups.map(([group, words]) => ({
    group: t(words),
    items: vocabulary.fields
      .filter((field) => field.group === group)
      .map(({ key, label }) => ({ value: `field:${key}`, label })),
  }))
  lead?.items.push({ value: 'tag', label: t('Tag') }, { value: 'segment', label: t('Segment') })
  behaviour?.items.push(
    ...vocabulary.events.map(({ event }) => ({
      value: `event:${event}`,
      label: t('Event: {{event}}', { event: event.replaceAll('_', ' ') }),
    })),
    { value: 'event:', label: t('Another event …') },
  )
  const surveys = vocabulary.surveys.flatMap(({ key, title, questions }) =>
    questions.map(({ id, text }) => ({ value: answerSubject(key, id), label: `${title}: ${text}` })),
  )
  const groups = [
    lead,
    company,
    behaviour,
    { group: t('Survey answers'), items: surveys },
    {
      group: t('What we sent'),
      items: [
        { value: 'asset', label: t('Asset received') },
        { value: 'messages', label: t('Messages sent') },
      ],
    },
    {
      group: t('Other'),
      items: [
        { value: 'always', label: t('Everyone') },
        { value: 'json', label: t('Written as JSON') },
      ],
    },
  ].filter((group) => group !== undefined && group.items.length > 0) as SubjectGroup[]
  const isKnown = current === null || groups.some(({ items }) => items.some(({ value }) => value === current))
  if (isKnown) return groups
  const label = current.slice(current.indexOf(':') + 1)
  const isEvent = current.startsWith('event:')
  return [...groups, { group: isEvent ? t('Not seen yet') : t('No longer there'), items: [{ value: current, label }] }]
}

function answerSubject(survey: string, question: string): Subject {
  return `answer:${survey} ${question}`
}

export function subjectOf(card: Card): Subject | null {
  if (card.kind === 'blank') return null
  if (card.kind === 'json') return 'json'
  const { condition } = card
  switch (condition.kind) {
    case 'always':
      return 'always'
    case 'compare':
      return `field:${condition.field}`
    case 'has_tag':
      return 'tag'
    case 'count':
      return `event:${condition.event}`
    case 'answered':
      return answerSubject(condition.survey, condition.question)
    case 'in_segment':
      return 'segment'
    case 'received':
      return 'asset'
    case 'delivered':
      return 'messages'
    default:
      return condition satisfies never
  }
}

/** The operator people mean most often. */
const usual: Record<FieldType, CompareOp> = {
  text: 'is',
  number: 'gte',
  boolean: 'is',
  enum: 'is',
  set: 'has_any',
  date: 'within_last',
  datetime: 'within_last',
}

/** The condition that a choice begins with. */
export function beginCard(subject: Subject, library: Library): Card {
  const [kind = '', ...rest] = subject.split(':')
  const named = rest.join(':')
  const condition = (value: Condition): Card => ({ kind: 'condition', condition: value, negated: false })
  switch (kind) {
    case 'field': {
      const type = findField(named, library)?.type ?? 'text'
      return condition(comparison(named, usual[type], type === 'boolean' ? true : undefined))
    }
    case 'event':
      return condition({ kind: 'count', event: named, op: 'gte', n: 1 })
    case 'answer': {
      const [survey = '', question = ''] = named.split(' ')
      return condition({ kind: 'answered', survey, question })
    }
    case 'tag':
      return condition({ kind: 'has_tag', tag: '' })
    case 'segment':
      return condition({ kind: 'in_segment', segment: '' })
    case 'asset':
      return condition({ kind: 'received', asset: '' })
    case 'messages':
      return condition({ kind: 'delivered', op: 'gte', n: 1 })
    case 'always':
      return condition({ kind: 'always' })
    case 'json':
      return { kind: 'json', rule: { kind: 'always' } }
    default:
      return blank
  }
}

type Comparison = Extract<Condition, { kind: 'compare' }>

function comparison(field: string, op: CompareOp, value: RuleValue | undefined): Comparison {
  return value === undefined ? { kind: 'compare', field, op } : { kind: 'compare', field, op, value }
}

/** The same comparison by another operator, keeping the value where it still fits. */
export function withOperator(condition: Comparison, op: CompareOp): Comparison {
  const before = compareOperators[condition.op].value
  const after = compareOperators[op].value
  const { value } = condition
  if (before === after) return comparison(condition.field, op, value)
  if (after === 'list' && before === 'one' && (typeof value === 'string' || typeof value === 'number')) {
    return comparison(condition.field, op, [value])
  }
  if (after === 'one' && before === 'list' && Array.isArray(value)) return comparison(condition.field, op, value[0])
  return comparison(condition.field, op, after === 'duration' ? 'P7D' : undefined)
}
