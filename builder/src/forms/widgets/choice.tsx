import { Checkbox, Group, Input, MultiSelect, SegmentedControl, Select, Switch } from '@mantine/core'
import { t } from '../../i18n/t.ts'
import { FieldFrame, useLabels } from '../field-frame.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import type { FieldPlan } from '../plan.ts'

/** Few short words fit beside each other. */
function isShort({ options }: FieldPlan): boolean {
  return options.length <= 3 && options.reduce((sum, { label }) => sum + label.length + 4, 0) <= 42
}

/** One of a few values. One that may be absent is a list that can be emptied. */
export function ChoiceField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props)
  const shown = value ?? plan.default
  // What the chosen value means stands in for what all of them mean.
  const field = plan.options.some(({ help }) => help !== '') ? { ...props, plan: { ...plan, description: '' } } : props
  const chosen = plan.options.find((option) => option.value === shown)
  const mayBeEmpty = !plan.required && plan.default === undefined
  const write = (label: string | null): void => {
    const next = plan.options.find((option) => String(option.value) === label)
    change(path, next === undefined ? undefined : next.value, { title: plan.title })
  }
  const data = plan.options.map(({ value: one, label }) => ({ value: String(one), label }))
  if (isShort(plan) && !mayBeEmpty) {
    return (
      <FieldFrame field={field}>
        <SegmentedControl
          size="xs"
          fullWidth
          disabled={isReadOnly}
          aria-label={plan.title}
          data={data}
          value={chosen === undefined ? '' : String(chosen.value)}
          onChange={write}
        />
        {chosen === undefined || chosen.help === '' ? null : (
          <Input.Description size="xs">{chosen.help}</Input.Description>
        )}
      </FieldFrame>
    )
  }
  return (
    <Select
      {...labels}
      description={chosen !== undefined && chosen.help !== '' ? chosen.help : labels.description}
      size="xs"
      data={data}
      readOnly={isReadOnly}
      clearable={mayBeEmpty && !isReadOnly}
      allowDeselect={false}
      placeholder={plan.hints.empty ?? t('Choose')}
      clearButtonProps={{ 'aria-label': t('Remove {{name}}', { name: plan.title }) }}
      value={chosen === undefined ? null : String(chosen.value)}
      onChange={write}
    />
  )
}

/** Several of a few values. */
export function ChoicesField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props, true)
  const shown = Array.isArray(value ?? plan.default) ? ((value ?? plan.default) as unknown[]) : []
  const chosen = shown.map(String)
  const write = (next: string[]): void =>
    change(
      path,
      plan.options.filter((option) => next.includes(String(option.value))).map((option) => option.value),
      { title: plan.title },
    )
  if (plan.options.length <= 4) {
    return (
      <Checkbox.Group {...labels} size="xs" value={chosen} onChange={write} readOnly={isReadOnly}>
        <Group gap={16} pt={4}>
          {plan.options.map((option) => (
            <Checkbox
              key={String(option.value)}
              size="xs"
              value={String(option.value)}
              label={option.label}
              disabled={isReadOnly}
            />
          ))}
        </Group>
      </Checkbox.Group>
    )
  }
  return (
    <MultiSelect
      {...labels}
      size="xs"
      data={plan.options.map((option) => ({ value: String(option.value), label: option.label }))}
      placeholder={chosen.length === 0 ? (plan.hints.empty ?? t('Choose')) : ''}
      readOnly={isReadOnly}
      searchable
      hidePickedOptions
      value={chosen}
      onChange={write}
    />
  )
}

/** Yes or no. */
export function SwitchField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const { error } = useLabels(props)
  return (
    <Switch
      size="xs"
      // Ink on ink would hide the thumb in the dark.
      color="var(--focus)"
      label={plan.title}
      description={plan.description === '' ? null : plan.description}
      error={error}
      disabled={isReadOnly}
      checked={(value ?? plan.default ?? false) === true}
      onChange={({ currentTarget }) => change(path, currentTarget.checked, { title: plan.title })}
    />
  )
}

/** Yes, no, or left to somebody else. */
export function DecisionField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props)
  return (
    <Select
      {...labels}
      size="xs"
      data={[
        { value: '', label: plan.hints.empty ?? t('Not said') },
        { value: 'true', label: t('Yes') },
        { value: 'false', label: t('No') },
      ]}
      readOnly={isReadOnly}
      allowDeselect={false}
      value={value === true ? 'true' : value === false ? 'false' : ''}
      onChange={(next) =>
        change(path, next === 'true' ? true : next === 'false' ? false : undefined, { title: plan.title })
      }
    />
  )
}
