/** Choosing an operator, and saying how often something must have happened. */
import { NumberInput } from '@mantine/core'
import { countOperators } from '#engine/conditions/operators.ts'
import { countOps, type CountOp } from '#engine/conditions/schema.ts'
import { t } from '../i18n/t.ts'
import { QuickSelect } from './quick-select.tsx'
import { useRuleEditing } from './rule-context.tsx'
import classes from './rules.module.css'
import { withPresent, type Choice } from './value-editors.tsx'

export function OperatorSelect({
  data,
  value,
  onChange,
  label = t('Operator'),
}: {
  data: readonly Choice[]
  value: string
  onChange: (value: string) => void
  label?: string
}) {
  const { isReadOnly } = useRuleEditing()
  return (
    <QuickSelect
      label={label}
      className={classes['operator'] ?? ''}
      isReadOnly={isReadOnly}
      data={withPresent(data, [value])}
      value={value}
      onChange={onChange}
    />
  )
}

export function CountEditor({
  op,
  n,
  onChange,
}: {
  op: CountOp
  n: number
  onChange: (next: { op: CountOp; n: number }) => void
}) {
  const { isReadOnly } = useRuleEditing()
  return (
    <>
      <OperatorSelect
        data={countOps.map((each) => ({ value: each, label: countOperators[each].label }))}
        value={op}
        onChange={(next) => onChange({ op: next as CountOp, n })}
        label={t('How often')}
      />
      <NumberInput
        size="xs"
        hideControls
        min={0}
        max={1_000_000}
        allowDecimal={false}
        aria-label={t('Number of times')}
        className={classes['amount'] ?? ''}
        readOnly={isReadOnly}
        value={n}
        onChange={(next) => onChange({ op, n: typeof next === 'number' ? next : 0 })}
      />
    </>
  )
}
