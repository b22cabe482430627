/** The parts of publishing that the editor shows: a pill with how the draft stands, the button, and the sheets. */
import { ActionIcon, Button, Group, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import {
  IconCalendarClock,
  IconChevronDown,
  IconGitCompare,
  IconHistory,
  IconTemplate,
  IconUpload,
} from '@tabler/icons-react'
import { lazy, Suspense, useDeferredValue, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { diffGraphs } from '#engine/compiler/diff.ts'
import { useCommands } from '../../commands/registry.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { useAddress } from '../../ui/route.tsx'
import { countOf, language } from '../../ui/words.ts'
import { useEditor, useEditorStore } from '../editor-context.tsx'
import { useSaver } from '../saving/saving-context.tsx'
import { whenSaved } from '../simulate/when-saved.ts'
import { useHistory, useVersion } from './publish-queries.ts'
import { closeSheet, openSheet, shownSheet } from './sheets.ts'
import pill from './state-pill.module.css'

const PublishSheet = lazy(async () => ({ default: (await import('./publish-sheet.tsx')).PublishSheet }))
const HistoryDrawer = lazy(async () => ({ default: (await import('./history-drawer.tsx')).HistoryDrawer }))
const CompareSheet = lazy(async () => ({ default: (await import('./compare-sheet.tsx')).CompareSheet }))
const SaveTemplateDialog = lazy(async () => ({
  default: (await import('../../journeys/save-template-dialog.tsx')).SaveTemplateDialog,
}))

/** The button that opens the publish sheet, and what else can be done with versions. */
export function PublishButton() {
  const { t } = useTranslation()
  const liveVersion = useEditor((state) => state.journey.liveVersion)
  useCommands([
    {
      id: 'journey.publish',
      title: t('Publish…'),
      group: 'Journey',
      keys: ['mod+shift+p'],
      run: () => openSheet({ sheet: 'publish' }),
    },
    {
      id: 'journey.history',
      title: t('Version history'),
      group: 'Journey',
      run: () => openSheet({ sheet: 'history' }),
    },
    {
      id: 'journey.compare',
      title: t('Compare the draft with the live version'),
      group: 'Journey',
      isEnabled: () => liveVersion !== null,
      run: () => openSheet({ compare: `${String(liveVersion)}..draft` }),
    },
  ])
  return (
    <Group gap={1} wrap="nowrap">
      <Button size="xs" leftSection={<IconUpload size={14} />} onClick={() => openSheet({ sheet: 'publish' })}>
        {t('Publish')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon size={30} aria-label={t('More about publishing')}>
            <IconChevronDown size={14} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconCalendarClock size={16} />}
            onClick={() => openSheet({ sheet: 'publish', when: 'later' })}
          >
            {t('Schedule…')}
          </Menu.Item>
          <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => openSheet({ sheet: 'history' })}>
            {t('Version history')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconGitCompare size={16} />}
            disabled={liveVersion === null}
            onClick={() => openSheet({ compare: `${String(liveVersion)}..draft` })}
          >
            {t('Compare the draft with the live version')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconTemplate size={16} />} onClick={() => openSheet({ sheet: 'template' })}>
            {t('Save as template…')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  )
}

/** "Draft of v7 · 12 changes", "Live · v7", "Goes live Mon 09:00". A click opens the history. */
export function StatePill() {
  const { t } = useTranslation()
  const { id, liveVersion, status } = useEditor((state) => state.journey)
  const document = useDeferredValue(useEditor((state) => state.content.document))
  const live = useVersion(id, liveVersion).data
  const history = useHistory(id).data
  const changes = useMemo(() => {
    if (live === undefined) return null
    const diff = diffGraphs(live.graph, document.graph)
    const touched = new Set([...diff.changed, ...diff.rewired].map((step) => step.id))
    return diff.added.length + diff.removed.length + touched.size + diff.settings.length
  }, [live, document.graph])
  const scheduled = history?.publications.find((publication) => publication.status === 'scheduled')
  const failed = history?.publications[0]?.status === 'failed' ? history.publications[0] : undefined
  const isMoving = history?.moves.some((move) => move.status === 'running' || move.status === 'stopping') === true
  const version = liveVersion === null ? '' : `v${String(liveVersion)}`
  const words =
    status === 'archived'
      ? t('Archived')
      : liveVersion === null
        ? t('Draft, never published')
        : status === 'paused'
          ? t('Paused · {{version}}', { version })
          : changes === null || changes === 0
            ? t('Live · {{version}}', { version })
            : t('Draft of {{version}} · {{changes}}', { version, changes: countOf(changes, 'change') })
  const more =
    failed !== undefined
      ? t('A scheduled publish did not happen')
      : isMoving
        ? t('Leads are being moved')
        : scheduled === undefined
          ? null
          : t('Goes live {{when}}', { when: shortInstant(scheduled.publishAt, scheduled.zone) })
  return (
    <Tooltip label={t('Version history')}>
      <UnstyledButton
        className={pill['pill'] ?? ''}
        data-state={failed !== undefined ? 'failed' : changes === 0 && status === 'live' ? 'live' : 'draft'}
        onClick={() => openSheet({ sheet: 'history' })}
      >
        {more === null ? words : `${words} · ${more}`}
      </UnstyledButton>
    </Tooltip>
  )
}

function shortInstant(instant: string, zone: string): string {
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  })
  return format.format(new Date(instant))
}

/** Sheets over the editor, by the address: `?sheet=publish`, `?sheet=history`, `?sheet=template`, `?compare=3..7`. */
export function PublishSheets() {
  const { searchParams } = useAddress()
  const mayEdit = useMay('journeys:write')
  const sheet = shownSheet(searchParams)
  const comparison = parseComparison(searchParams.get('compare'))
  const rollBack = Number(searchParams.get('rollback') ?? Number.NaN)
  return (
    <Suspense fallback={null}>
      {comparison !== null ? (
        <CompareSheet {...comparison} onClose={closeSheet} />
      ) : sheet === 'publish' && mayEdit ? (
        <PublishSheet
          rollBack={Number.isInteger(rollBack) && rollBack > 0 ? rollBack : null}
          startsScheduled={searchParams.get('when') === 'later'}
          onClose={closeSheet}
        />
      ) : sheet === 'template' && mayEdit ? (
        <TemplateSheet />
      ) : sheet === 'history' ? (
        <HistoryDrawer mayEdit={mayEdit} onClose={closeSheet} />
      ) : null}
    </Suspense>
  )
}

/** The draft that is on the screen is the one that is kept. */
function TemplateSheet() {
  const store = useEditorStore()
  const saver = useSaver()
  const { key } = useEditor((state) => state.journey)
  const { name, description } = useEditor((state) => state.content)
  return (
    <SaveTemplateDialog
      journey={{ key, name, description }}
      whenSaved={() => whenSaved(store, saver)}
      onClose={closeSheet}
    />
  )
}

/** `3..7`, `3..draft`; null when it is neither. */
function parseComparison(text: string | null): { from: number; to: number | 'draft' } | null {
  const [, from, to] = /^(\d{1,9})\.\.(\d{1,9}|draft)$/.exec(text ?? '') ?? []
  if (from === undefined || to === undefined) return null
  return { from: Number(from), to: to === 'draft' ? 'draft' : Number(to) }
}
