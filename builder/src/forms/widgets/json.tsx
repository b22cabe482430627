import { JsonInput } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../i18n/t.ts'
import { useLabels } from '../field-frame.tsx'
import { useForm, useTyped, type FieldProps } from '../form-context.tsx'

/** What no other control can write: as JSON. Written when it can be read. */
export function JsonField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const labels = useLabels(props, true)
  const [unread, setUnread] = useState(false)
  const shown = value ?? plan.default
  const typed = useTyped(shown === undefined ? '' : JSON.stringify(shown, null, 2), (text, typing) => {
    if (text.trim() === '') return change(path, undefined, { title: plan.title, typing })
    const parsed = parse(text)
    setUnread(parsed === undefined)
    if (parsed !== undefined) change(path, parsed.value, { title: plan.title, typing })
  })
  return (
    <JsonInput
      {...labels}
      error={unread ? t('This is not JSON; what was there before is kept.') : labels.error}
      size="xs"
      autosize
      minRows={3}
      maxRows={20}
      readOnly={isReadOnly}
      value={typed.value}
      onFocus={typed.onFocus}
      onBlur={typed.onBlur}
      onChange={typed.onText}
    />
  )
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
