/** Everything right of the subject: operator and values of each kind of condition. */
import { Select } from '@mantine/core'
import { compareOperators, type CompareOperator } from '#engine/conditions/operators.ts'
import { propertyOperators } from '#engine/conditions/properties.ts'
import { compareOps, type CompareOp, type PropertyFilter } from '#engine/conditions/schema.ts'
import type { Condition } from '#engine/conditions/walk.ts'
import { findField } from '#engine/fields.ts'
import { t } from '../i18n/t.ts'
import { CountEditor, OperatorSelect } from './count-editor.tsx'
import { EventEditor, WindowEditor } from './event-editor.tsx'
import { QuickSelect } from './quick-select.tsx'
import { useRuleEditing } from './rule-context.tsx'
import classes from './rules.module.css'
import { withOperator } from './subjects.ts'
import type { Card } from './tree.ts'
import { ValueEditor, withPresent, WordEditor } from './value-editors.tsx'

type ConditionCard = Extract<Card, { kind: 'condition' }>
type Of<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>

interface EditorProps<Kind extends Condition['kind']> {
  condition: Of<Kind>
  onChange: (condition: Condition) => void
}

export function ConditionEditor({ card, onChange }: { card: ConditionCard; onChange: (card: Card) => void }) {
  const { condition, negated } = card
  const write = (next: Condition) => onChange({ ...card, condition: next })
  const turn = (isNegated: boolean) => onChange({ ...card, negated: isNegated })
  switch (condition.kind) {
    case 'always':
      return null
    case 'compare':
      return <CompareEditor condition={condition} onChange={write} />
    case 'has_tag':
      return <TagEditor condition={condition} onChange={write} negated={negated} onTurn={turn} />
    case 'count':
      return <EventEditor condition={condition} onChange={write} />
    case 'answered':
      return <AnswerEditor condition={condition} onChange={write} negated={negated} onTurn={turn} />
    case 'in_segment':
    case 'received':
      return <ReferenceEditor condition={condition} onChange={write} negated={negated} onTurn={turn} />
    case 'delivered':
      return <DeliveredEditor condition={condition} onChange={write} />
    default:
      return condition satisfies never
  }
}

/** Conditions that are turned around in their own words ("has", "has not"); the others say "not" in front. */
export function saysNotItself({ condition }: ConditionCard): boolean {
  return (
    condition.kind === 'has_tag' ||
    condition.kind === 'in_segment' ||
    condition.kind === 'received' ||
    (condition.kind === 'answered' && condition.op === undefined)
  )
}

function CompareEditor({ condition, onChange }: EditorProps<'compare'>) {
  const { library, isReadOnly } = useRuleEditing()
  const field = findField(condition.field, library)
  const type = field?.type ?? 'text'
  const operators: Record<CompareOp, CompareOperator> = compareOperators
  const fitting = compareOps.filter((op) => operators[op].types.includes(type))
  const shown = fitting.includes(condition.op) ? fitting : [...fitting, condition.op]
  return (
    <>
      <OperatorSelect
        data={shown.map((op) => ({ value: op, label: operators[op].label }))}
        value={condition.op}
        onChange={(op) => onChange(withOperator(condition, op as CompareOp))}
      />
      <ValueEditor
        wants={operators[condition.op].value}
        type={type}
        label={t('Value')}
        isReadOnly={isReadOnly}
        choices={field?.options?.map((option) => ({ value: option, label: option.replaceAll('_', ' ') })) ?? null}
        value={condition.value}
        onChange={(value) => {
          const { value: _, ...rest } = condition
          onChange(value === undefined ? rest : { ...rest, value })
        }}
      />
    </>
  )
}

type Turning = { negated: boolean; onTurn: (negated: boolean) => void }

function TagEditor({ condition, onChange, negated, onTurn }: EditorProps<'has_tag'> & Turning) {
  const { vocabulary, isReadOnly } = useRuleEditing()
  return (
    <>
      <OperatorSelect
        data={[
          { value: 'yes', label: t('is there') },
          { value: 'no', label: t('is not there') },
        ]}
        value={negated ? 'no' : 'yes'}
        onChange={(value) => onTurn(value === 'no')}
      />
      <WordEditor
        label={t('Tag')}
        placeholder={t('Tag')}
        isReadOnly={isReadOnly}
        suggestions={vocabulary.tags.map(({ tag }) => tag)}
        value={condition.tag}
        onChange={(tag) => onChange({ ...condition, tag })}
      />
    </>
  )
}

function ReferenceEditor({ condition, onChange, negated, onTurn }: EditorProps<'in_segment' | 'received'> & Turning) {
  const { vocabulary, isReadOnly } = useRuleEditing()
  const isSegment = condition.kind === 'in_segment'
  const key = isSegment ? condition.segment : condition.asset
  const choices = isSegment
    ? vocabulary.segments.map((segment) => ({ value: segment.key, label: segment.name }))
    : vocabulary.assets.map((asset) => ({ value: asset.key, label: asset.title }))
  return (
    <>
      <OperatorSelect
        data={[
          { value: 'yes', label: isSegment ? t('lead is in') : t('was received') },
          { value: 'no', label: isSegment ? t('lead is not in') : t('was not received') },
        ]}
        value={negated ? 'no' : 'yes'}
        onChange={(value) => onTurn(value === 'no')}
      />
      <QuickSelect
        label={isSegment ? t('Which segment') : t('Which asset')}
        placeholder={isSegment ? t('Which segment') : t('Which asset')}
        nothingFound={isSegment ? t('There is no such segment') : t('There is no such asset')}
        className={classes['value'] ?? ''}
        isReadOnly={isReadOnly}
        data={withPresent(choices, [key])}
        value={key === '' ? null : key}
        onChange={(next) => onChange(isSegment ? { ...condition, segment: next } : { ...condition, asset: next })}
      />
    </>
  )
}

const propertyOps = Object.keys(propertyOperators) as PropertyFilter['op'][]

function AnswerEditor({ condition, onChange, negated, onTurn }: EditorProps<'answered'> & Turning) {
  const { vocabulary, isReadOnly } = useRuleEditing()
  const survey = vocabulary.surveys.find(({ key }) => key === condition.survey)
  const question = survey?.questions.find(({ id }) => id === condition.question)
  const { op, value, ...rest } = condition
  const isNumber = ['number', 'scale', 'rating', 'nps'].includes(question?.type ?? '')
  const turnTo = (chosen: string) => {
    if (chosen === 'answered') onTurnAndClear(false)
    else if (chosen === 'unanswered') onTurnAndClear(true)
    else {
      const next = chosen as PropertyFilter['op']
      const wants = propertyOperators[next].value
      const keeps = op !== undefined && propertyOperators[op].value === wants && value !== undefined
      onChange(keeps ? { ...rest, op: next, value } : { ...rest, op: next })
    }
  }
  // With an operator "not" stands in front; without one it is a word of its own.
  const onTurnAndClear = (isNegated: boolean) => {
    if (op === undefined) onTurn(isNegated)
    else onChange(rest)
  }
  const turned = op === undefined && negated
  return (
    <>
      <OperatorSelect
        data={[
          { value: 'answered', label: t('was answered') },
          ...(op === undefined ? [{ value: 'unanswered', label: t('was not answered') }] : []),
          ...propertyOps.map((each) => ({ value: each, label: propertyOperators[each].label })),
        ]}
        value={op ?? (turned ? 'unanswered' : 'answered')}
        onChange={turnTo}
      />
      {op === undefined ? null : (
        <ValueEditor
          wants={propertyOperators[op].value}
          type={isNumber ? 'number' : 'text'}
          label={t('Answer')}
          isReadOnly={isReadOnly}
          choices={question?.choices ?? null}
          value={value}
          onChange={(next) => onChange(next === undefined ? { ...rest, op } : { ...rest, op, value: next })}
        />
      )}
    </>
  )
}

/** "at least 3". */
const anything = 'any'

function DeliveredEditor({ condition, onChange }: EditorProps<'delivered'>) {
  const { isReadOnly } = useRuleEditing()
  const { channel, purpose, within, ...rest } = condition
  const write = (next: Partial<Of<'delivered'>>) => {
    const whole = { ...rest, channel, purpose, within, ...next }
    // What is not asked for is left out, not written as undefined.
    const given = Object.entries(whole).filter(([, part]) => part !== undefined)
    onChange(Object.fromEntries(given) as unknown as Of<'delivered'>)
  }
  return (
    <>
      <CountEditor op={condition.op} n={condition.n} onChange={write} />
      <div className={classes['rest']}>
        <Select
          size="xs"
          openOnFocus={false}
          aria-label={t('Channel')}
          allowDeselect={false}
          readOnly={isReadOnly}
          w={120}
          data={[
            { value: anything, label: t('any channel') },
            { value: 'email', label: t('email') },
            { value: 'postcard', label: t('postcard') },
          ]}
          value={channel ?? anything}
          onChange={(next) => write({ channel: next === anything || next === null ? undefined : (next as 'email') })}
        />
        <Select
          size="xs"
          openOnFocus={false}
          aria-label={t('Purpose')}
          allowDeselect={false}
          readOnly={isReadOnly}
          w={140}
          data={[
            { value: anything, label: t('any purpose') },
            { value: 'nurture', label: t('nurture') },
            { value: 'promotional', label: t('promotional') },
            { value: 'transactional', label: t('transactional') },
          ]}
          value={purpose ?? anything}
          onChange={(next) => write({ purpose: next === anything || next === null ? undefined : (next as 'nurture') })}
        />
        <WindowEditor value={within} onChange={(next) => write({ within: next })} />
      </div>
    </>
  )
}
