/** Nothing is selected: the journey itself. */
import { Text, Textarea, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import { z } from 'zod'
import { changeSettings } from '#engine/graph/edit.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import { Form } from '../../forms/form.tsx'
import { useTyped, type FormState } from '../../forms/form-context.tsx'
import { isRecord, planForm } from '../../forms/plan.ts'
import { setAt } from '../../forms/values.ts'
import { saySchema } from '../../i18n/say-schema.ts'
import { t } from '../../i18n/t.ts'
import { useEditor, useEditorStore } from '../editor-context.tsx'
import classes from './inspector.module.css'
import { useJourneyIssues } from './step-issues.ts'

export function JourneyPanel() {
  const store = useEditorStore()
  const name = useEditor((state) => state.content.name)
  const description = useEditor((state) => state.content.description)
  const settings = useEditor((state) => state.content.document.graph.settings)
  const isEditable = useEditor((state) => state.isEditable)
  const issues = useJourneyIssues()
  const plan = useMemo(
    () => planForm(saySchema(z.toJSONSchema(settingsSchema, { io: 'input' }), (text) => t(text))),
    [],
  )
  const typedName = useTyped(name, (text) => {
    if (text.trim() !== '') store.rename(text.trim())
  })
  const typedDescription = useTyped(description, (text) => void store.describe(text))
  const state: FormState = {
    step: null,
    root: settings,
    isReadOnly: !isEditable,
    issues,
    change: (path, value, { title, label, typing }) => {
      store.apply(
        label ?? t('change “{{title}}”', { title }),
        (document) => {
          const next = setAt(document.graph.settings, path, value)
          if (!isRecord(next) || next === document.graph.settings) return document
          // Settings are stored whole: what is taken away gets its default back.
          const parsed = settingsSchema.safeParse(next)
          return parsed.success
            ? { ...document, graph: { ...document.graph, settings: parsed.data } }
            : changeSettings(document, next)
        },
        typing === undefined ? {} : { merge: `settings ${path.join('.')} ${typing}` },
      )
    },
  }
  return (
    <div className={classes['body']}>
      <Text size="sm" fw={600} mb={10}>
        {t('This journey')}
      </Text>
      <div className={classes['ends']} style={{ gap: 14, marginBottom: 16 }}>
        <TextInput
          size="xs"
          label={t('Name')}
          maxLength={200}
          readOnly={!isEditable}
          error={typedName.value.trim() === '' ? t('Give the journey a name.') : null}
          value={typedName.value}
          onFocus={typedName.onFocus}
          onBlur={typedName.onBlur}
          onChange={({ currentTarget }) => typedName.onText(currentTarget.value)}
        />
        <Textarea
          size="xs"
          label={t('What it is for')}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={5000}
          readOnly={!isEditable}
          value={typedDescription.value}
          onFocus={typedDescription.onFocus}
          onBlur={typedDescription.onBlur}
          onChange={({ currentTarget }) => typedDescription.onText(currentTarget.value)}
        />
      </div>
      <Form plan={plan} state={state} />
    </div>
  )
}
