/** Ctrl+F: finds steps by anything they say. What does not fit is dimmed; Enter walks from one to the next. */
import { ActionIcon, CloseButton, Group, Paper, Text, TextInput } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconSearch } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { readingOrder, successorsOf } from '#engine/graph/traverse.ts'
import { entryType } from '#engine/graph/document.ts'
import { registerPaletteSource, rank } from '../../commands/palette-sources.ts'
import { useCommands } from '../../commands/registry.ts'
import { useLibrary } from '../../forms/sources.ts'
import { goTo, useAddress, withParameter } from '../../ui/route.tsx'
import { canvasView } from '../canvas-view.ts'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import { useMarks } from '../marks.ts'
import { findInJourney, namesOf } from './step-text.ts'
import classes from './search.module.css'

/** What is looked for is in the address: it can be shown to a colleague. Present and empty, the bar is open. */
const parameter = 'find'

const write = (words: string | null) => goTo(withParameter(new URL(location.href), parameter, words), { replace: true })

export function SearchInJourney() {
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const address = useAddress()
  const words = address.searchParams.get(parameter)
  const field = useRef<HTMLInputElement>(null)
  useCommands([
    {
      id: 'view.search',
      title: t('Find in this journey'),
      group: 'View',
      keys: ['mod+f'],
      menus: ['pane'],
      worksInFields: true,
      run: () => {
        if (words === null) write('')
        field.current?.select()
      },
    },
  ])
  // The steps of the open journey in the palette, too.
  useEffect(
    () =>
      registerPaletteSource('steps', {
        title: t('Steps of this journey'),
        find: (words) =>
          rank(store.getState().content.document.graph.nodes, words, (node) => catalogue.titleOf(node)).map((node) => ({
            id: `step ${node.id}`,
            title: catalogue.titleOf(node),
            detail: catalogue.summaryOf(node),
            run: () => {
              store.select([node.id])
              canvasView()?.reveal([node.id])
              canvasView()?.focus()
            },
          })),
      }),
    [store, catalogue, t],
  )
  return words === null ? null : <SearchBar field={field} words={words} />
}

function SearchBar({ field, words }: { field: RefObject<HTMLInputElement | null>; words: string }) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const document = useDocument()
  const { found: mark } = useMarks()
  const [present, setPresent] = useState<string | null>(null)
  const order = useMemo(() => {
    const entries = document.graph.nodes.filter(({ type }) => type === entryType).map(({ id }) => id)
    return readingOrder(successorsOf(document.graph), entries)
  }, [document.graph])
  const { data } = useLibrary()
  const names = useMemo(() => (data === undefined ? null : namesOf(data)), [data])
  const found = useMemo(
    () => findInJourney(document, words, { catalogue, names, order }),
    [document, words, catalogue, names, order],
  )
  const index = present === null ? -1 : found.indexOf(present)
  useEffect(() => mark.replace(new Map(found.map((id) => [id, true]))), [mark, found])
  useEffect(() => () => mark.replace(new Map()), [mark])

  const walk = (by: 1 | -1) => {
    if (found.length === 0) return
    const next = found[(index < 0 ? (by > 0 ? 0 : found.length - 1) : index + by + found.length) % found.length]
    if (next === undefined) return
    setPresent(next)
    store.select([next])
    canvasView()?.reveal([next])
  }
  const close = () => {
    write(null)
    canvasView()?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') walk(event.shiftKey ? -1 : 1)
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const count =
    words.trim() === ''
      ? ''
      : found.length === 0
        ? t('Nothing found')
        : index < 0
          ? t('{{count}} found', { count: found.length })
          : t('{{index}} of {{count}}', { index: index + 1, count: found.length })
  return (
    <Paper className={classes['bar'] ?? ''} role="search" aria-label={t('Find in this journey')}>
      <Group gap={4} wrap="nowrap">
        <TextInput
          ref={field}
          size="xs"
          w={220}
          // It was opened to type into.
          autoFocus
          aria-label={t('Find in this journey')}
          placeholder={t('Names, texts, fields, assets')}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={words}
          onChange={({ currentTarget }) => {
            write(currentTarget.value)
            setPresent(null)
          }}
          onKeyDown={onKeyDown}
        />
        <Text fz={12} lh="16px" c="dimmed" miw={64} role="status" className={classes['count'] ?? ''}>
          {count}
        </Text>
        <ActionIcon variant="subtle" color="gray" size={24} aria-label={t('Previous')} onClick={() => walk(-1)}>
          <IconChevronUp size={14} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" size={24} aria-label={t('Next')} onClick={() => walk(1)}>
          <IconChevronDown size={14} aria-hidden />
        </ActionIcon>
        <CloseButton size={24} aria-label={t('Close the search')} onClick={close} />
      </Group>
    </Paper>
  )
}
