/** The right side of a comparison: a control for each type of field and each kind of operator. */
import { Autocomplete, MultiSelect, NumberInput, Select, TagsInput, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import type { OperatorValue } from '#engine/conditions/operators.ts'
import type { RuleValue } from '#engine/conditions/schema.ts'
import type { FieldType } from '#engine/library.ts'
import { durationUnits, readDuration, writeDuration, type DurationUnit } from '../forms/duration-value.ts'
import { t } from '../i18n/t.ts'
import { QuickSelect } from './quick-select.tsx'
import classes from './rules.module.css'

interface ValueProps {
  value: RuleValue | undefined
  onChange: (value: RuleValue | undefined) => void
  label: string
  isReadOnly: boolean
}

export interface Choice {
  value: string
  label: string
}

const shared = { size: 'xs', openOnFocus: false } as const

/** Any value by what the operator asks for. */
export function ValueEditor({
  wants,
  type,
  choices,
  ...props
}: ValueProps & { wants: OperatorValue; type: FieldType; choices: readonly Choice[] | null }): ReactNode {
  if (wants === 'none') return null
  if (wants === 'duration') {
    return <DurationEditor {...props} value={typeof props.value === 'string' ? props.value : undefined} />
  }
  if (wants === 'pair') return <PairEditor {...props} type={type} />
  if (wants === 'list') return <ListEditor {...props} type={type} choices={choices} />
  return <OneEditor {...props} type={type} choices={choices} />
}

function OneEditor({
  value,
  onChange,
  label,
  isReadOnly,
  type,
  choices,
}: ValueProps & { type: FieldType; choices: readonly Choice[] | null }) {
  const given = { 'aria-label': label, readOnly: isReadOnly, className: classes['value'] ?? '' }
  if (type === 'boolean') {
    return (
      <Select
        {...shared}
        {...given}
        allowDeselect={false}
        data={[
          { value: 'true', label: t('yes') },
          { value: 'false', label: t('no') },
        ]}
        value={typeof value === 'boolean' ? String(value) : null}
        onChange={(next) => onChange(next === null ? undefined : next === 'true')}
      />
    )
  }
  if (choices !== null && choices.length > 0) {
    const text = value === undefined ? null : String(value)
    return (
      <QuickSelect
        label={label}
        className={classes['value'] ?? ''}
        isReadOnly={isReadOnly}
        data={withPresent(choices, text === null ? [] : [text])}
        value={text}
        onChange={onChange}
      />
    )
  }
  if (type === 'number') return <NumberEditor {...given} value={value} onChange={onChange} />
  if (type === 'date') {
    return <DayEditor {...given} value={value} onChange={onChange} />
  }
  if (type === 'datetime') return <DayEditor {...given} value={value} onChange={onChange} withTime />
  return (
    <TextInput
      size="xs"
      {...given}
      value={typeof value === 'string' ? value : value === undefined ? '' : String(value)}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  )
}

type Given = { 'aria-label': string; readOnly: boolean; className: string }

function NumberEditor({
  value,
  onChange,
  ...given
}: Given & { value: RuleValue | undefined; onChange: (value: RuleValue | undefined) => void }) {
  return (
    <NumberInput
      size="xs"
      {...given}
      hideControls
      value={typeof value === 'number' || typeof value === 'string' ? value : ''}
      onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? undefined : Number(next))}
    />
  )
}

const day = /^\d{4}-\d{2}-\d{2}$/
const localTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/

/** A day, or a day with its time. Other spellings (with an offset, with seconds) are shown as they are written. */
function DayEditor({
  value,
  onChange,
  withTime = false,
  ...given
}: Given & {
  value: RuleValue | undefined
  onChange: (value: RuleValue | undefined) => void
  withTime?: boolean
}) {
  const text = value === undefined ? '' : String(value)
  const isDay = text === '' || day.test(text)
  const type = isDay ? 'date' : withTime && localTime.test(text) ? 'datetime-local' : 'text'
  return (
    <TextInput
      size="xs"
      {...given}
      type={type}
      value={text}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  )
}

function ListEditor({
  value,
  onChange,
  label,
  isReadOnly,
  type,
  choices,
}: ValueProps & { type: FieldType; choices: readonly Choice[] | null }) {
  const items = Array.isArray(value) ? value : []
  const texts = [...new Set(items.map(String))]
  const given = { 'aria-label': label, readOnly: isReadOnly, className: classes['value'] ?? '' }
  const write = (next: string[]) => {
    // What was a number stays one; texts that look like numbers stay texts.
    const read = (text: string) =>
      items.find((item) => String(item) === text) ?? (type === 'number' ? toNumber(text) : text)
    onChange(next.length === 0 ? undefined : next.map(read))
  }
  if (choices !== null && choices.length > 0) {
    return (
      <MultiSelect
        {...shared}
        {...given}
        searchable
        data={withPresent(choices, texts)}
        value={texts}
        onChange={write}
      />
    )
  }
  return <TagsInput {...shared} {...given} value={texts} onChange={write} acceptValueOnBlur />
}

function toNumber(text: string): number | string {
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? number : text
}

function PairEditor({ value, onChange, label, isReadOnly, type }: ValueProps & { type: FieldType }) {
  const [low, high] = Array.isArray(value) ? value : []
  const write = (one: RuleValue | undefined, other: RuleValue | undefined) => {
    const pair = [one, other].filter((part) => typeof part === 'string' || typeof part === 'number')
    onChange(pair.length === 0 ? undefined : one === undefined ? ['', ...pair] : pair)
  }
  const part = (
    shown: RuleValue | undefined,
    name: string,
    change: (next: RuleValue | undefined) => void,
  ): ReactNode => (
    <OneEditor
      value={shown === '' ? undefined : shown}
      label={`${label}: ${name}`}
      isReadOnly={isReadOnly}
      type={type}
      choices={null}
      onChange={change}
    />
  )
  return (
    <>
      {part(low, t('from'), (next) => write(next, high))}
      {part(high, t('to'), (next) => write(low, next))}
    </>
  )
}

/** An amount and a unit; a duration of several parts (`P1DT4H`) is shown as it is written. */
export function DurationEditor({
  value,
  onChange,
  label,
  isReadOnly,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
  label: string
  isReadOnly: boolean
}) {
  const amount = value === undefined ? { amount: 7, unit: 'days' as const } : readDuration(value)
  if (amount === null) {
    return (
      <TextInput
        size="xs"
        aria-label={label}
        readOnly={isReadOnly}
        className={classes['value'] ?? ''}
        value={value ?? ''}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    )
  }
  return (
    <>
      <NumberInput
        size="xs"
        aria-label={`${label}: ${t('how many')}`}
        className={classes['amount'] ?? ''}
        readOnly={isReadOnly}
        hideControls
        min={0}
        allowDecimal={false}
        value={value === undefined ? '' : amount.amount}
        onChange={(next) => typeof next === 'number' && onChange(writeDuration({ ...amount, amount: next }))}
      />
      <Select
        {...shared}
        aria-label={`${label}: ${t('unit')}`}
        className={classes['unit'] ?? ''}
        readOnly={isReadOnly}
        allowDeselect={false}
        data={durationUnits.map((unit) => ({ value: unit, label: t(unit) }))}
        value={amount.unit}
        onChange={(unit) => unit !== null && onChange(writeDuration({ ...amount, unit: unit as DurationUnit }))}
      />
    </>
  )
}

/** A word that is suggested or new. */
export function WordEditor({
  value,
  onChange,
  label,
  isReadOnly,
  suggestions,
  placeholder,
}: {
  value: string
  onChange: (value: string) => void
  label: string
  isReadOnly: boolean
  suggestions: readonly string[]
  placeholder?: string
}) {
  return (
    <Autocomplete
      {...shared}
      aria-label={label}
      placeholder={placeholder ?? ''}
      className={classes['value'] ?? ''}
      readOnly={isReadOnly}
      limit={50}
      data={[...new Set(suggestions)]}
      value={value}
      onChange={onChange}
    />
  )
}

/** The choices, and what is chosen although it is none of them any more. */
export function withPresent(choices: readonly Choice[], chosen: readonly string[]): Choice[] {
  const strange = chosen.filter((value) => value !== '' && !choices.some((choice) => choice.value === value))
  return [...choices, ...strange.map((value) => ({ value, label: value }))]
}
