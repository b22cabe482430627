import { NumberInput, Select } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../i18n/t.ts'
import { durationUnits, readDuration, writeDuration, type DurationUnit } from '../duration-value.ts'
import { ClearButton, FieldFrame } from '../field-frame.tsx'
import { useForm, useTyped, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import { TextField } from './text.tsx'

const words: Readonly<Record<DurationUnit, () => string>> = {
  minutes: () => t('minutes'),
  hours: () => t('hours'),
  days: () => t('days'),
  weeks: () => t('weeks'),
  months: () => t('months'),
  years: () => t('years'),
}

/** An amount and a unit; stored as ISO 8601. One of several parts (`P1DT4H`), or no duration at all, is shown as written. */
export function DurationField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const shown = value ?? plan.default
  const read = typeof shown === 'string' ? readDuration(shown) : null
  const [chosen, setChosen] = useState<DurationUnit>(read?.unit ?? 'days')
  const unit = read?.unit ?? chosen
  const typed = useTyped(read === null ? '' : String(read.amount), (text, typing) =>
    change(path, text === '' ? undefined : writeDuration({ amount: Number(text), unit }), {
      title: plan.title,
      typing,
    }),
  )
  if (shown !== undefined && read === null) return <TextField {...props} />
  return (
    <FieldFrame field={props} side={<ClearButton field={props} />}>
      <div className={classes['row']}>
        <NumberInput
          size="xs"
          flex={1}
          miw={0}
          aria-label={t('{{name}}: how many', { name: plan.title })}
          allowDecimal={false}
          allowNegative={false}
          max={100_000}
          placeholder={plan.hints.empty ?? t('Not set')}
          readOnly={isReadOnly}
          value={typed.value}
          onFocus={typed.onFocus}
          onBlur={typed.onBlur}
          onChange={(next) => typed.onText(String(next))}
        />
        <Select
          size="xs"
          w={104}
          aria-label={t('{{name}}: unit', { name: plan.title })}
          data={durationUnits.map((one) => ({ value: one, label: words[one]() }))}
          readOnly={isReadOnly}
          allowDeselect={false}
          value={unit}
          onChange={(next) => {
            const wanted = durationUnits.find((one) => one === next) ?? unit
            setChosen(wanted)
            const amount = Number(typed.value)
            if (typed.value !== '') change(path, writeDuration({ amount, unit: wanted }), { title: plan.title })
          }}
        />
      </div>
    </FieldFrame>
  )
}
