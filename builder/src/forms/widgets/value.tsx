import { Select, TextInput } from '@mantine/core'
import { findField } from '#engine/fields.ts'
import { t } from '../../i18n/t.ts'
import { Field } from '../field.tsx'
import { useLabels } from '../field-frame.tsx'
import { useForm, useTyped, type FieldProps } from '../form-context.tsx'
import { optionsOf } from '../option-words.ts'
import type { FieldPlan } from '../plan.ts'
import { useNearestText } from '../siblings.ts'
import { useLibrary } from '../sources.ts'
import { WordsField } from './pick.tsx'

/** A value for a lead field: written the way that field is. */
export function ValueField(props: FieldProps) {
  const { plan } = props
  const key = useNearestText(props.path, plan.hints.of ?? 'field')
  const library = useLibrary().data?.library
  const field = key === null || library === undefined ? null : findField(key, library)
  // Null is stored for "not known"; for the control that is an empty one.
  const value = props.value === null ? undefined : props.value
  const inner: FieldPlan = {
    ...plan,
    required: false,
    default: undefined,
    hints: { ...plan.hints, empty: t('Not known') },
  }
  if (field === null) return <ScalarField {...props} />
  switch (field.type) {
    case 'number':
      return <Field {...props} value={value} plan={{ ...inner, widget: 'number', description: '' }} />
    case 'boolean':
      return <Field {...props} value={value} plan={{ ...inner, widget: 'decision', description: '' }} />
    case 'date':
      return <Field {...props} value={value} plan={{ ...inner, widget: 'date', description: '' }} />
    case 'datetime':
      return <Field {...props} value={value} plan={{ ...inner, widget: 'datetime', description: '' }} />
    case 'enum':
      return (
        <Field
          {...props}
          value={value}
          plan={{ ...inner, widget: 'choice', description: '', options: optionsOf(field.options ?? [], {}) }}
        />
      )
    case 'set':
      return <WordsField {...props} value={value} plan={{ ...inner, description: '' }} />
    case 'text':
      return <Field {...props} value={value} plan={{ ...inner, widget: 'text', minLength: 1, description: '' }} />
  }
}

type Kind = 'text' | 'number' | 'boolean'

/** A text, a number, or yes or no: what is typed decides, unless the author says which. */
export function ScalarField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props)
  const kind: Kind = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text'
  const write = (text: string, as: Kind, typing?: string): void =>
    change(path, asKind(text, as), { title: plan.title, ...(typing === undefined ? {} : { typing }) })
  const typed = useTyped(typeof value === 'string' || typeof value === 'number' ? String(value) : '', (text, typing) =>
    write(text, kind === 'number' && !Number.isFinite(Number(text)) ? 'text' : kind, typing),
  )
  return (
    <div style={{ display: 'flex', gap: 6, alignItems: 'end' }}>
      {kind === 'boolean' ? (
        <Select
          {...labels}
          size="xs"
          flex={1}
          data={[
            { value: 'true', label: t('Yes') },
            { value: 'false', label: t('No') },
          ]}
          readOnly={isReadOnly}
          allowDeselect={false}
          value={String(value)}
          onChange={(next) => write(String(next), 'boolean')}
        />
      ) : (
        <TextInput
          {...labels}
          size="xs"
          flex={1}
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          readOnly={isReadOnly}
          value={typed.value}
          onFocus={typed.onFocus}
          onBlur={typed.onBlur}
          onChange={({ currentTarget }) => typed.onText(currentTarget.value)}
        />
      )}
      <Select
        size="xs"
        w={86}
        aria-label={t('{{name}}: kind of value', { name: plan.title })}
        data={[
          { value: 'text', label: t('Text') },
          { value: 'number', label: t('Number') },
          { value: 'boolean', label: t('Yes/no') },
        ]}
        readOnly={isReadOnly}
        allowDeselect={false}
        value={kind}
        onChange={(next) => write(typed.value, next === 'number' || next === 'boolean' ? next : 'text')}
      />
    </div>
  )
}

function asKind(text: string, kind: Kind): string | number | boolean {
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : 0
  if (kind === 'boolean') return text === 'true'
  return text
}
