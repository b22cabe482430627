/** The steps one can add: searched, dragged onto the canvas, or clicked to come after what is selected. */
import { ActionIcon, TextInput, Tooltip } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconSearch } from '@tabler/icons-react'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { entryType } from '#engine/graph/document.ts'
import { stepCategories } from '#engine/steps/contract.ts'
import type { StepManifest } from '#server/contract/steps.ts'
import { useCommands } from '../../commands/registry.ts'
import { categoryLooks } from '../../ui/step-look.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { useCatalogue, useEditor } from '../editor-context.tsx'
import { usePaletteDrag } from './palette-drag.tsx'
import { recentChanged, recentSteps, searchSteps } from './step-search.ts'
import classes from './palette.module.css'

export function Palette() {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useLocalStorage({
    key: 'trellis.palette',
    defaultValue: true,
    getInitialValueInEffect: false,
  })
  useCommands([
    {
      id: 'view.palette',
      title: isOpen ? t('Fold the palette') : t('Unfold the palette'),
      group: 'View',
      keys: ['['],
      run: () => setOpen(!isOpen),
    },
  ])
  const { manifests } = useCatalogue()
  const hasEntry = useEditor((state) => state.content.document.graph.nodes.some(({ type }) => type === entryType))
  const steps = useMemo(() => manifests.filter(({ type }) => type !== entryType || !hasEntry), [manifests, hasEntry])
  const toggle = (
    <Tooltip label={isOpen ? t('Fold the palette') : t('Unfold the palette')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        aria-expanded={isOpen}
        aria-label={isOpen ? t('Fold the palette') : t('Unfold the palette')}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? <IconLayoutSidebarLeftCollapse size={18} /> : <IconLayoutSidebarLeftExpand size={18} />}
      </ActionIcon>
    </Tooltip>
  )
  return (
    <nav className={classes['palette']} data-open={isOpen} data-palette aria-label={t('Steps to add')}>
      {isOpen ? <Open steps={steps} toggle={toggle} /> : <Folded steps={steps} toggle={toggle} />}
    </nav>
  )
}

interface PartProps {
  steps: readonly StepManifest[]
  toggle: React.ReactNode
}

function Open({ steps, toggle }: PartProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const recent = useRecent()
  const found = useMemo(() => searchSteps(steps, text), [steps, text])
  const newest = recent.flatMap((type) => steps.find((step) => step.type === type) ?? [])
  return (
    <>
      <div className={classes['top']}>
        <TextInput
          size="xs"
          flex={1}
          value={text}
          leftSection={<IconSearch size={14} />}
          placeholder={t('Search steps')}
          aria-label={t('Search steps')}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {toggle}
      </div>
      <div className={classes['lists']}>
        {text.trim() === '' ? (
          <>
            {newest.length > 0 ? <Section title={t('Recent')} steps={newest} /> : null}
            {stepCategories.map((category) => (
              <Section
                key={category}
                title={categoryLooks[category].word}
                steps={steps.filter((step) => step.category === category)}
              />
            ))}
          </>
        ) : found.length > 0 ? (
          <Section title={t('Found')} steps={found} />
        ) : (
          <p className={classes['none']}>{t('No step is called “{{text}}”.', { text })}</p>
        )}
      </div>
    </>
  )
}

function Section({ title, steps }: { title: string; steps: readonly StepManifest[] }) {
  const { t } = useTranslation()
  const { begin, add } = usePaletteDrag()
  if (steps.length === 0) return null
  return (
    <section aria-label={title}>
      <h2 className={classes['heading']}>{title}</h2>
      <div className={classes['tiles']}>
        {steps.map((step) => (
          <button
            key={step.type}
            type="button"
            className={classes['tile']}
            title={step.description}
            data-type={step.type}
            onPointerDown={(event) => begin(event, step)}
            onClick={(event) => {
              // The click that ends a drag is no click; a key's click has no place.
              if (event.detail <= 1) add(step.type)
            }}
          >
            <span aria-hidden>
              <StepTile category={step.category} icon={step.icon} />
            </span>
            <span>{step.title}</span>
            {step.isCustom ? <em>{t('Custom')}</em> : null}
          </button>
        ))}
      </div>
    </section>
  )
}

/** Folded: one tile per step, its name on hover. */
function Folded({ steps, toggle }: PartProps) {
  const { begin, add } = usePaletteDrag()
  return (
    <>
      <div className={classes['top']}>{toggle}</div>
      <div className={classes['lists']}>
        {steps.map((step) => (
          <Tooltip key={step.type} label={step.title} position="right">
            <button
              type="button"
              className={classes['small']}
              aria-label={step.title}
              data-type={step.type}
              onPointerDown={(event) => begin(event, step)}
              onClick={() => add(step.type)}
            >
              <span aria-hidden>
                <StepTile category={step.category} icon={step.icon} />
              </span>
            </button>
          </Tooltip>
        ))}
      </div>
    </>
  )
}

function useRecent(): readonly string[] {
  const [recent, setRecent] = useState(recentSteps)
  useEffect(() => {
    const look = () => setRecent(recentSteps())
    addEventListener(recentChanged, look)
    return () => removeEventListener(recentChanged, look)
  }, [])
  return recent
}
