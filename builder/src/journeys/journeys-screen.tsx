/** S1: every journey, how it does and what is wrong with it; where new ones begin. */
import { Button, Chip, Group, Menu, Text, TextInput, Title } from '@mantine/core'
import { IconChevronDown, IconFileImport, IconPlus, IconSearch, IconTemplate } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BoardEntry } from '#server/contract/journey-files.ts'
import type { JourneyStatus } from '#engine/vocabulary.ts'
import { useCommands } from '../commands/registry.ts'
import { useMay } from '../sign-in/session-gate.tsx'
import { goTo, useAddress, withParameter } from '../ui/route.tsx'
import { Empty, Loaded, Loading } from '../ui/states.tsx'
import { journeyStatusWords } from '../ui/words.ts'
import classes from './board.module.css'
import { useJourneyBoard } from './journey-board-queries.ts'
import { JourneyRow } from './journey-row.tsx'
import { NewJourneyDialog } from './new-journey-dialog.tsx'

const BulkBar = lazy(async () => ({ default: (await import('./bulk-bar.tsx')).BulkBar }))
const ImportDialog = lazy(async () => ({ default: (await import('./import-dialog.tsx')).ImportDialog }))
const TemplateGallery = lazy(async () => ({ default: (await import('./template-gallery.tsx')).TemplateGallery }))

const statuses: readonly JourneyStatus[] = ['live', 'draft', 'paused', 'archived']
const dialogs = ['blank', 'templates', 'import'] as const
type Dialog = (typeof dialogs)[number]

/**
 * The list is the address: `?status=live&tag=spring&by=Ann&q=friday`; and so is what lies over it: `?new=import`,
 * `?new=templates&template=friday-sampler`.
 */
export function JourneysScreen() {
  const { t } = useTranslation()
  const board = useJourneyBoard()
  const mayEdit = useMay('journeys:write')
  const address = useAddress()
  const isEmpty = board.data?.items.length === 0
  const template = address.searchParams.get('template')
  const asked = dialogs.find((one) => one === address.searchParams.get('new')) ?? null
  // In an empty list the templates are part of the screen.
  const dialog = asked ?? (template !== null && !isEmpty ? 'templates' : null)
  const setDialog = (wanted: Dialog | null) => {
    const next = new URL(address)
    next.searchParams.delete('template')
    goTo(withParameter(next, 'new', wanted), { replace: wanted === null })
  }
  useCommands(
    mayEdit
      ? [
          { id: 'journeys.new', title: t('New journey'), group: 'Journey', run: () => setDialog('blank') },
          {
            id: 'journeys.templates',
            title: t('Begin from a template'),
            group: 'Journey',
            run: () => setDialog('templates'),
          },
          {
            id: 'journeys.import',
            title: t('Import a journey file'),
            group: 'Journey',
            run: () => setDialog('import'),
          },
        ]
      : [],
  )
  return (
    <>
      <Group justify="space-between" mb={12} wrap="nowrap">
        <Title order={1} size="h2">
          {t('Journeys')}
        </Title>
        {mayEdit ? <NewButton onChoose={setDialog} /> : null}
      </Group>
      <Loaded query={board} rows={8}>
        {({ items }) =>
          items.length === 0 ? (
            <Beginning
              mayEdit={mayEdit}
              isCovered={dialog !== null}
              onBlank={() => setDialog('blank')}
              onImport={() => setDialog('import')}
            />
          ) : (
            <Board items={items} mayEdit={mayEdit} />
          )
        }
      </Loaded>
      {!mayEdit || dialog === null ? null : (
        <Suspense>
          {dialog === 'blank' ? <NewJourneyDialog onClose={() => setDialog(null)} /> : null}
          {dialog === 'templates' ? <TemplateGallery onClose={() => setDialog(null)} /> : null}
          {dialog === 'import' ? <ImportDialog onClose={() => setDialog(null)} /> : null}
        </Suspense>
      )}
    </>
  )
}

function NewButton({ onChoose }: { onChoose: (dialog: Dialog) => void }) {
  const { t } = useTranslation()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button leftSection={<IconPlus size={16} />}>{t('New journey')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => onChoose('blank')}>
          {t('Blank')}
        </Menu.Item>
        <Menu.Item leftSection={<IconTemplate size={16} />} onClick={() => onChoose('templates')}>
          {t('From a template')}
        </Menu.Item>
        <Menu.Item leftSection={<IconFileImport size={16} />} onClick={() => onChoose('import')}>
          {t('Import a file')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Nothing there yet: what one could begin with, drawn. */
function Beginning(props: { mayEdit: boolean; isCovered: boolean; onBlank: () => void; onImport: () => void }) {
  const { t } = useTranslation()
  if (!props.mayEdit) return <Empty title={t('No journeys yet')}>{t('Nobody has drawn one.')}</Empty>
  return (
    <>
      <Empty title={t('No journeys yet')}>
        {t('Begin with one that works, and change what you like. Nobody gets anything before you publish.')}
      </Empty>
      {props.isCovered ? null : (
        <Suspense fallback={<Loading rows={3} />}>
          <TemplateGallery isInline />
        </Suspense>
      )}
      <Group justify="center" mt={16}>
        <Button variant="default" onClick={props.onBlank}>
          {t('Blank journey')}
        </Button>
        <Button variant="default" onClick={props.onImport}>
          {t('Import a file')}
        </Button>
      </Group>
    </>
  )
}

function Board({ items, mayEdit }: { items: readonly BoardEntry[]; mayEdit: boolean }) {
  const { t } = useTranslation()
  const address = useAddress()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const status = address.searchParams.get('status')
  const tag = address.searchParams.get('tag')
  const editor = address.searchParams.get('by')
  const search = address.searchParams.get('q') ?? ''
  const set = (name: string, value: string | null) => goTo(withParameter(address, name, value), { replace: true })
  const tags = [...new Set(items.flatMap((item) => item.tags))].toSorted()
  const editors = [...new Set(items.flatMap((item) => item.editedBy ?? []))].toSorted()
  const shown = items.filter(
    (item) =>
      (status === null ? item.status !== 'archived' : item.status === status) &&
      (tag === null || item.tags.includes(tag)) &&
      (editor === null || item.editedBy === editor) &&
      matches(item, search),
  )
  const selected = shown.filter(({ key }) => chosen.has(key))
  const toggle = (key: string) => {
    const next = new Set(chosen)
    if (!next.delete(key)) next.add(key)
    setChosen(next)
  }
  return (
    <>
      <div className={classes['tools']}>
        <TextInput
          value={search}
          onChange={(event) => set('q', event.currentTarget.value || null)}
          placeholder={t('Name or description')}
          aria-label={t('Find a journey')}
          leftSection={<IconSearch size={16} />}
          w={{ base: '100%', xs: 240 }}
        />
        {statuses.map((one) => (
          <Chip
            key={one}
            size="xs"
            checked={status === one}
            onChange={(checked) => set('status', checked ? one : null)}
          >
            {journeyStatusWords[one]}
          </Chip>
        ))}
        {tags.map((one) => (
          <Chip key={one} size="xs" checked={tag === one} onChange={(checked) => set('tag', checked ? one : null)}>
            #{one}
          </Chip>
        ))}
        {editors.length > 1 || editor !== null ? (
          <EditorFilter editors={editors} chosen={editor} onChoose={(name) => set('by', name)} />
        ) : null}
      </div>
      {shown.length === 0 ? (
        <Empty title={t('No journey fits')}>{t('Take a filter away, or search for something else.')}</Empty>
      ) : (
        <section className={classes['table']} aria-label={t('Journeys')}>
          <div className={classes['head']} aria-hidden="true">
            <span />
            <span />
            <span>{t('Journey')}</span>
            <span>{t('Status')}</span>
            <span>{t('In it now')}</span>
            <span>{t('Entered, 30 days')}</span>
            <span>{t('Reached the goal')}</span>
            <span>{t('Edited')}</span>
            <span />
          </div>
          {shown.map((item) => (
            <JourneyRow
              key={item.id}
              item={item}
              mayEdit={mayEdit}
              isChosen={chosen.has(item.key)}
              onToggle={() => toggle(item.key)}
            />
          ))}
        </section>
      )}
      <Text size="xs" c="dimmed" mt={8} role="status">
        {t('{{shown}} of {{all}} journeys', { shown: shown.length, all: items.length })}
      </Text>
      {selected.length > 0 ? (
        <Suspense fallback={null}>
          <BulkBar items={selected} onDone={() => setChosen(new Set())} />
        </Suspense>
      ) : null}
    </>
  )
}

interface EditorFilterProps {
  editors: readonly string[]
  chosen: string | null
  onChoose: (name: string | null) => void
}

/** By who edited it last, as the rows say. */
function EditorFilter({ editors, chosen, onChoose }: EditorFilterProps) {
  const { t } = useTranslation()
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant={chosen === null ? 'default' : 'filled'}
          rightSection={<IconChevronDown size={14} />}
        >
          {chosen === null ? t('Edited by') : t('Edited by {{name}}', { name: chosen })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        <Menu.Item onClick={() => onChoose(null)}>{t('Anybody')}</Menu.Item>
        {editors.map((name) => (
          <Menu.Item key={name} onClick={() => onChoose(name)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function matches({ name, description, tags }: BoardEntry, search: string): boolean {
  const words = search.trim().toLowerCase().split(/\s+/)
  const text = [name, description, ...tags].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}
