/** What an empty journey shows: one question, and three ways to answer it. */
import { Button, Stack } from '@mantine/core'
import { IconCalendarTime, IconForms, IconUserPlus, type Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { entryType, type JourneyDocument } from '#engine/graph/document.ts'
import { addStep, configureStep } from '#engine/graph/edit.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import classes from './overlay.module.css'

export function StartPrompt({ document }: { document: JourneyDocument }) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const { portsOf } = useCatalogue()
  const entry = document.graph.nodes.find(({ type }) => type === entryType)
  const begin = (label: string, trigger: Record<string, unknown>) => {
    const config = { triggers: [{ id: 'start', ...trigger }] }
    store.apply(label, (present) =>
      entry === undefined
        ? addStep(present, { type: entryType, config }).document
        : configureStep(present, entry.id, config, portsOf),
    )
    const id = store.getState().content.document.graph.nodes.find(({ type }) => type === entryType)?.id
    if (id !== undefined) store.select([id])
  }
  const { zone } = document.graph.settings
  const suggestions: [string, Icon, Record<string, unknown>][] = [
    [t('When they send a form'), IconForms, { kind: 'form', form: '' }],
    [
      t('Every Friday at 9:00'),
      IconCalendarTime,
      { kind: 'schedule', days: ['fri'], time: '09:00', zone, segment: { kind: 'always' } },
    ],
    [t('When somebody adds them'), IconUserPlus, { kind: 'manual' }],
  ]
  return (
    <section className={classes['start']} aria-labelledby="start-question">
      <h2 id="start-question">{t('When does someone start?')}</h2>
      <p>{t('Everybody comes in through the entry. You can change this at any time.')}</p>
      <Stack gap={6}>
        {suggestions.map(([label, Glyph, trigger]) => (
          <Button
            key={label}
            variant="default"
            size="sm"
            justify="flex-start"
            leftSection={<Glyph size={16} />}
            onClick={() => begin(`start: ${label.toLowerCase()}`, trigger)}
          >
            {label}
          </Button>
        ))}
      </Stack>
    </section>
  )
}
