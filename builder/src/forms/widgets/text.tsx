import { Textarea, TextInput } from '@mantine/core'
import { useLabels } from '../field-frame.tsx'
import { useForm, useTyped, type FieldProps } from '../form-context.tsx'
import type { FieldPlan } from '../plan.ts'

/** What an emptied text is stored as: nothing where that means something else than an empty text. */
export function emptied(plan: FieldPlan): string | undefined {
  if (plan.required) return ''
  const isAllowed = plan.minLength === 0 && plan.widget !== 'email' && plan.widget !== 'url'
  return plan.default !== undefined && plan.default !== '' && isAllowed ? '' : undefined
}

/** Typing into a setting that holds a text. */
export function useText({ plan, value, path }: FieldProps) {
  const { change, isReadOnly } = useForm()
  const shown = value ?? plan.default ?? ''
  const typed = useTyped(typeof shown === 'string' ? shown : JSON.stringify(shown), (text, typing) =>
    change(path, text === '' ? emptied(plan) : text, { title: plan.title, typing }),
  )
  return { typed, isReadOnly }
}

/** One line. */
export function TextField(props: FieldProps) {
  const { plan } = props
  const { typed, isReadOnly } = useText(props)
  const labels = useLabels(props)
  return (
    <TextInput
      {...labels}
      size="xs"
      type={plan.widget === 'email' ? 'email' : plan.widget === 'url' ? 'url' : 'text'}
      placeholder={plan.hints.empty ?? ''}
      readOnly={isReadOnly}
      maxLength={plan.maxLength ?? undefined}
      value={typed.value}
      onFocus={typed.onFocus}
      onBlur={typed.onBlur}
      onChange={({ currentTarget }) => typed.onText(currentTarget.value)}
    />
  )
}

/** Several lines. */
export function ParagraphField(props: FieldProps) {
  const { plan } = props
  const { typed, isReadOnly } = useText(props)
  const labels = useLabels(props)
  return (
    <Textarea
      {...labels}
      size="xs"
      autosize
      minRows={2}
      maxRows={14}
      placeholder={plan.hints.empty ?? ''}
      readOnly={isReadOnly}
      maxLength={plan.maxLength ?? undefined}
      value={typed.value}
      onFocus={typed.onFocus}
      onBlur={typed.onBlur}
      onChange={({ currentTarget }) => typed.onText(currentTarget.value)}
    />
  )
}
