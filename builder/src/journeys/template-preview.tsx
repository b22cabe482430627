/** A template as it is, before anything is made of it: drawn, and in words. Nothing here changes anything. */
import { Alert, Button, Group, Text, Title } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { describeRule } from '#engine/conditions/describe.ts'
import { pageColours, renderPicture } from '#engine/drawing/picture.ts'
import { tellSteps } from '#engine/drawing/tell.ts'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import type { JourneyTemplate } from '#server/contract/journey-files.ts'
import type { Catalogue } from '../editor/catalogue.ts'
import { useStepCatalogue } from '../editor/editor-queries.ts'
import { useLibrary } from '../forms/sources.ts'
import { notifyDone } from '../ui/notify.ts'
import { When } from '../ui/parts.tsx'
import { Failure, Loading } from '../ui/states.tsx'
import { useRemoveTemplate } from './journey-board-queries.ts'
import classes from './preview.module.css'
import { StepsInWords } from './steps-in-words.tsx'
import { TemplateNeeds } from './template-needs.tsx'
import { ZoomedDrawing } from './zoomed-drawing.tsx'

interface PreviewProps {
  template: JourneyTemplate
  isUsing: boolean
  /** Why it could not be used. */
  problem: Error | null
  onUse: () => void
  onBack: () => void
}

export function TemplatePreview({ template, isUsing, problem, onUse, onBack }: PreviewProps) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  const { catalogue, error, refetch } = useStepCatalogue()
  const { file, issues } = useMemo(() => parseJourneyFile(template.file), [template.file])
  // The card that was pressed is gone; who reads by ear or by keys goes on here.
  useEffect(() => heading.current?.focus(), [])
  return (
    <section aria-label={t('Preview of {{name}}', template)}>
      <Group justify="space-between" mb={8} gap={8} className={classes['bar'] ?? ''}>
        <Button variant="default" leftSection={<IconArrowLeft size={16} />} onClick={onBack}>
          {t('Back to all templates')}
        </Button>
        <Button onClick={onUse} loading={isUsing} disabled={file === null}>
          {t('Use this template')}
        </Button>
      </Group>
      {problem === null ? null : (
        <Alert color="red" variant="light" mb={12} role="alert">
          {problem.message}
        </Alert>
      )}
      <Title order={2} ref={heading} tabIndex={-1} className={classes['heading'] ?? ''}>
        {template.name}
      </Title>
      <Text size="sm" c="dimmed" mt={4} mb={template.saved === null ? 16 : 4} maw="76ch">
        {template.description}
      </Text>
      {template.saved === null ? null : <OwnTemplate template={template} saved={template.saved} onRemoved={onBack} />}
      {file === null ? (
        <Alert color="red" variant="light" role="alert" title={t('This template cannot be read')}>
          {issues[0]?.message}
        </Alert>
      ) : error !== null ? (
        <Failure error={error} onRetry={refetch} />
      ) : catalogue === null ? (
        <Loading rows={6} />
      ) : (
        <Shown file={file} catalogue={catalogue} />
      )}
    </section>
  )
}

interface OwnProps {
  template: JourneyTemplate
  saved: NonNullable<JourneyTemplate['saved']>
  onRemoved: () => void
}

/** Who keeps it and since when; whoever may edit can take it away, after a question. */
function OwnTemplate({ template, saved, onRemoved }: OwnProps) {
  const { t } = useTranslation()
  const [asks, setAsks] = useState(false)
  const remove = useRemoveTemplate()
  const { name } = template
  const confirm = () =>
    remove.mutate(template.id, {
      onSuccess: () => {
        notifyDone(t('The template “{{name}}” is gone', { name }))
        onRemoved()
      },
    })
  return (
    <>
      <Group gap={8} mb={12}>
        <Text size="xs" c="dimmed">
          {t('Saved by {{name}}', { name: saved.by })}
        </Text>
        <When at={saved.at} />
        <Button variant="subtle" color="red" size="compact-sm" aria-expanded={asks} onClick={() => setAsks(!asks)}>
          {t('Remove…')}
        </Button>
      </Group>
      {asks ? (
        <Alert color="red" variant="light" mb={12} title={t('Remove “{{name}}” for everybody?', { name })}>
          <Text size="sm">{t('Journeys that were begun with it stay as they are.')}</Text>
          {remove.error === null ? null : (
            <Text size="sm" c="red" role="alert">
              {remove.error.message}
            </Text>
          )}
          <Group gap={8} mt={8}>
            <Button color="red" loading={remove.isPending} onClick={confirm}>
              {t('Remove the template')}
            </Button>
            <Button variant="default" onClick={() => setAsks(false)}>
              {t('Keep it')}
            </Button>
          </Group>
        </Alert>
      ) : null}
    </>
  )
}

function Shown({ file, catalogue }: { file: JourneyFile; catalogue: Catalogue }) {
  const { t } = useTranslation()
  const { data } = useLibrary()
  const svg = useMemo(
    () => renderPicture(file, catalogue, { detail: 'full', colours: pageColours, title: file.name }),
    [file, catalogue],
  )
  const steps = useMemo(() => tellSteps(file, catalogue), [file, catalogue])
  const { goal } = file.graph.settings
  const unknown = [...new Set(file.graph.nodes.map(({ type }) => type))].filter(
    (type) => catalogue.registry.get(type) === undefined,
  )
  return (
    <div className={classes['parts']}>
      <ZoomedDrawing svg={svg} label={t('Drawing of {{name}}; it can be scrolled', file)} />
      <div className={classes['words']}>
        {unknown.length === 0 ? null : (
          <Alert color="orange" variant="light">
            {t('Steps that this Trellis does not have: {{types}}. They can be replaced on the canvas.', {
              types: unknown.join(', '),
            })}
          </Alert>
        )}
        <section>
          <Title order={3} fz="sm" mb={2}>
            {t('Goal')}
          </Title>
          <Text size="sm">{goal === undefined ? goalStepsOf(file) : sentence(goal, file, data?.library)}</Text>
        </section>
        <section>
          <Title order={3} fz="sm" mb={2}>
            {t('What it works with')}
          </Title>
          <TemplateNeeds file={file} library={data?.library} />
        </section>
        <section>
          <Title order={3} fz="sm" mb={8}>
            {t('{{count}} steps', { count: steps.length })}
          </Title>
          <StepsInWords steps={steps} />
        </section>
      </div>
    </div>
  )

  /** Where leads arrive, when there is no rule that says when they have. */
  function goalStepsOf({ graph }: JourneyFile): string {
    const names = graph.nodes.filter(({ type }) => type === 'goal').map((node) => `“${catalogue.titleOf(node)}”`)
    return names.length === 0
      ? t('None: it ends with its last step.')
      : t('To come to {{steps}}', { steps: names.join(', ') })
  }
}

/** With the names of what is here, else of what the template brings. */
function sentence(
  rule: Parameters<typeof describeRule>[0],
  { resources }: JourneyFile,
  library = emptyLibrary(),
): string {
  const byKey = <Entry extends { key: string }>(list: readonly Entry[], there: Record<string, Entry>) => ({
    ...Object.fromEntries(list.map((entry) => [entry.key, entry])),
    ...there,
  })
  const known: Library = {
    ...library,
    fields: byKey(resources.fields, library.fields),
    assets: byKey(resources.assets, library.assets),
    surveys: byKey(resources.surveys, library.surveys),
  }
  const text = describeRule(rule, known)
  return text.charAt(0).toUpperCase() + text.slice(1)
}
