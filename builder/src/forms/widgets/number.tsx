import { NumberInput, SegmentedControl, Slider, Text } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../i18n/t.ts'
import { FieldFrame, useLabels } from '../field-frame.tsx'
import { useForm, useTyped, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import type { FieldPlan } from '../plan.ts'

const limits = ({ minimum, maximum }: FieldPlan) => ({
  ...(minimum === null ? {} : { min: minimum }),
  ...(maximum === null ? {} : { max: maximum }),
})

function shownNumber({ plan, value }: FieldProps): number | null {
  const shown = value ?? plan.default
  return typeof shown === 'number' ? shown : null
}

/** What every field for one number has: its names, its limits, and what is typed; emptied, the setting goes. */
function useTypedNumber(props: FieldProps) {
  const { plan, path } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props)
  const shown = shownNumber(props)
  const { value, onFocus, onBlur, onText } = useTyped(shown === null ? '' : String(shown), (text, typing) =>
    change(path, text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text), {
      title: plan.title,
      typing,
    }),
  )
  return {
    ...labels,
    ...limits(plan),
    size: 'xs',
    clampBehavior: 'none',
    readOnly: isReadOnly,
    value,
    onFocus,
    onBlur,
    onChange: (next: string | number) => onText(String(next)),
  } as const
}

/** A number in words of the unit behind it. */
export function NumberField(props: FieldProps) {
  const { plan } = props
  const typed = useTypedNumber(props)
  return (
    <NumberInput
      {...typed}
      allowDecimal={!plan.isInteger}
      suffix={plan.hints.unit === undefined ? '' : plan.hints.unit === '%' ? ' %' : ` ${plan.hints.unit}`}
      placeholder={plan.hints.empty ?? (plan.required || plan.default !== undefined ? '' : t('No limit'))}
    />
  )
}

/** A number within close limits. */
export function SliderField(props: FieldProps) {
  const { plan, path } = props
  const { change, isReadOnly } = useForm()
  const [dragged, setDragged] = useState<number | null>(null)
  const min = plan.minimum ?? 0
  const max = plan.maximum ?? 100
  const value = dragged ?? shownNumber(props) ?? min
  const unit = plan.hints.unit ?? ''
  const isScale = max - min <= 10
  return (
    <FieldFrame
      field={props}
      side={
        <Text size="xs" fw={600} className={classes['total']}>
          {value}
          {unit === '' ? '' : ` ${unit}`}
        </Text>
      }
    >
      <Slider
        size={4}
        thumbSize={16}
        mx={6}
        my={6}
        color="var(--focus)"
        label={null}
        disabled={isReadOnly}
        min={min}
        max={max}
        step={plan.isInteger || max - min > 10 ? 1 : (max - min) / 100}
        marks={isScale ? Array.from({ length: max - min + 1 }, (_, index) => ({ value: min + index })) : []}
        thumbLabel={plan.title}
        value={value}
        onChange={setDragged}
        onChangeEnd={(next) => {
          setDragged(null)
          change(path, next, { title: plan.title })
        }}
      />
    </FieldFrame>
  )
}

/** An amount of money, written with the currency's own digits. */
export function MoneyField(props: FieldProps) {
  const { plan } = props
  const currency = plan.hints.currency ?? 'EUR'
  const typed = useTypedNumber(props)
  return <NumberInput {...typed} decimalScale={digitsOf(currency)} thousandSeparator=" " prefix={`${currency} `} />
}

function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

/** Days before or after something: stored as one number, negative before. */
export function OffsetField(props: FieldProps) {
  const { plan, path } = props
  const { change, isReadOnly } = useForm()
  const shown = shownNumber(props) ?? 0
  // At 0 the number does not say on which side one is about to write.
  const [side, setSide] = useState<'before' | 'after'>(shown < 0 ? 'before' : 'after')
  const actual = shown === 0 ? side : shown < 0 ? 'before' : 'after'
  const write = (days: number, on: 'before' | 'after', typing?: string) =>
    change(path, on === 'before' ? -Math.abs(days) || 0 : Math.abs(days), {
      title: plan.title,
      ...(typing === undefined ? {} : { typing }),
    })
  const typed = useTyped(String(Math.abs(shown)), (text, typing) => write(Number(text) || 0, actual, typing))
  return (
    <FieldFrame field={props}>
      <div className={classes['row']}>
        <NumberInput
          size="xs"
          flex={1}
          aria-label={t('{{name}}: days', { name: plan.title })}
          min={0}
          max={Math.max(plan.maximum ?? 3650, -(plan.minimum ?? 0))}
          allowDecimal={false}
          allowNegative={false}
          suffix={` ${t('days')}`}
          readOnly={isReadOnly}
          value={typed.value}
          onFocus={typed.onFocus}
          onBlur={typed.onBlur}
          onChange={(next) => typed.onText(String(next))}
        />
        <SegmentedControl
          size="xs"
          disabled={isReadOnly}
          aria-label={t('{{name}}: before or after', { name: plan.title })}
          data={[
            { value: 'before', label: t('before') },
            { value: 'after', label: t('after') },
          ]}
          value={actual}
          onChange={(next) => {
            const on = next === 'before' ? 'before' : 'after'
            setSide(on)
            if (shown !== 0) write(shown, on)
          }}
        />
      </div>
    </FieldFrame>
  )
}
