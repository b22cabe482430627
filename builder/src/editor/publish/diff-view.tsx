/** Two versions to compare: what differs as a list to walk, and the drawings, side by side or one over the other. */
import { Group, SegmentedControl, Text, UnstyledButton } from '@mantine/core'
import { IconMinus, IconPencil, IconPlus, IconSettings } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { useLibrary } from '../../forms/sources.ts'
import { countOf } from '../../ui/words.ts'
import { useCatalogue } from '../editor-context.tsx'
import { compareDocuments, type Change } from './change-list.ts'
import { DiffCanvases, type CanvasArrangement } from './diff-canvases.tsx'
import { FieldChanges } from './field-changes.tsx'
import classes from './publish.module.css'

interface DiffViewProps {
  before: JourneyDocument | null
  after: JourneyDocument
  /** What the two are called: "Version 7", "The draft". */
  labels: { before: string; after: string }
  /** Takes all the height there is. */
  isTall?: boolean
}

const icons = { added: IconPlus, removed: IconMinus, changed: IconPencil, settings: IconSettings }

export function DiffView({ before, after, labels, isTall = false }: DiffViewProps) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const library = useLibrary().data?.library
  const { diff, changes, summary } = useMemo(
    () => compareDocuments(before, after, { catalogue, library }),
    [before, after, catalogue, library],
  )
  const [chosen, setChosen] = useState<string | null>(null)
  const [arrangement, setArrangement] = useState<CanvasArrangement>(() =>
    matchMedia('(min-width: 1200px)').matches && before !== null ? 'beside' : 'over',
  )
  const list = useRef<HTMLDivElement>(null)
  const present = changes.find(({ key }) => key === chosen) ?? null

  const walk = (event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'preventDefault'>) => {
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const at = changes.findIndex(({ key }) => key === chosen)
    const next = changes[at === -1 ? (step > 0 ? 0 : changes.length - 1) : at + step]
    if (next === undefined) return
    setChosen(next.key)
    list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(next.key)}"]`)?.focus()
  }

  // J and K from anywhere in the sheet, as long as nobody writes.
  const latest = useRef(walk)
  useEffect(() => {
    latest.current = walk
  })
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const isWriting =
        event.target instanceof Element && event.target.closest('input, textarea, select, [role="listbox"]')
      if (!isWriting && (event.key === 'j' || event.key === 'k')) latest.current(event)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  if (diff.same && diff.moved.length === 0) {
    return (
      <Text size="sm" c="dimmed" py={12}>
        {t('Nothing differs: leads go through the same steps in both.')}
      </Text>
    )
  }
  return (
    <div className={classes['diff']} data-tall={isTall}>
      <div className={classes['changes']}>
        <Group justify="space-between" wrap="nowrap" gap={8} px={12} py={8}>
          <Text fw={600} size="sm">
            {countOf(changes.length, 'change')}
          </Text>
          <Text size="xs" c="dimmed">
            {t('J and K to walk')}
          </Text>
        </Group>
        <div
          className={classes['list']}
          ref={list}
          role="listbox"
          aria-label={t('Changes')}
          tabIndex={changes.length > 0 && chosen === null ? 0 : -1}
          onKeyDown={walk}
        >
          {changes.map((change) => (
            <ChangeRow key={change.key} change={change} isChosen={change.key === chosen} onChoose={setChosen} />
          ))}
          {diff.moved.length > 0 ? (
            <Text size="xs" c="dimmed" px={12} py={8}>
              {t('{{steps}} only drawn elsewhere.', { steps: countOf(diff.moved.length, 'step is', 'steps are') })}
            </Text>
          ) : null}
        </div>
      </div>
      <div className={classes['drawings']}>
        <Group justify="space-between" px={12} py={6} gap={12}>
          <Text size="sm" c="dimmed" lineClamp={2} flex={1} miw={160}>
            {summary.join(' ')}
          </Text>
          {before === null ? null : (
            <SegmentedControl
              size="xs"
              aria-label={t('How the versions are drawn')}
              value={arrangement}
              onChange={(value) => setArrangement(value as CanvasArrangement)}
              data={[
                { value: 'beside', label: t('Side by side') },
                { value: 'over', label: t('One drawing') },
              ]}
            />
          )}
        </Group>
        <DiffCanvases
          before={before}
          after={after}
          diff={diff}
          labels={labels}
          arrangement={before === null ? 'over' : arrangement}
          chosen={present?.stepId ?? null}
          onChoose={(id) => setChosen(changes.some(({ key }) => key === id) ? id : null)}
        />
        {present === null || present.fields.length === 0 ? null : (
          <FieldChanges name={present.name} fields={present.fields} labels={labels} />
        )}
      </div>
    </div>
  )
}

function ChangeRow({
  change,
  isChosen,
  onChoose,
}: {
  change: Change
  isChosen: boolean
  onChoose: (key: string) => void
}) {
  const { t } = useTranslation()
  const Icon = icons[change.kind]
  const row = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  const kinds = { added: t('Added'), removed: t('Removed'), changed: t('Changed'), settings: t('Settings') }
  return (
    <UnstyledButton
      ref={row}
      role="option"
      aria-selected={isChosen}
      className={classes['change'] ?? ''}
      data-kind={change.kind}
      data-key={change.key}
      tabIndex={isChosen ? 0 : -1}
      onClick={() => onChoose(change.key)}
    >
      <Icon size={16} aria-label={kinds[change.kind]} className={classes['kind']} />
      <span>
        <Text component="span" display="block" size="sm" fw={600} lineClamp={1}>
          {change.name}
        </Text>
        <Text component="span" display="block" size="xs" c="dimmed" lineClamp={2}>
          {change.sentence}
        </Text>
      </span>
    </UnstyledButton>
  )
}
