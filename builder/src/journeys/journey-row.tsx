import { ActionIcon, Box, Checkbox, Group, Menu, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BoardEntry } from '#server/contract/journey-files.ts'
import { Pill, JourneyPill, When } from '../ui/parts.tsx'
import { goTo, Link } from '../ui/route.tsx'
import { countOf, formatNumber } from '../ui/words.ts'
import classes from './board.module.css'
import { useDuplicateJourney, useJourneyStatus } from './journey-board-queries.ts'
import { exportKinds, type ExportKind } from './export-kinds.ts'
import { notifyDone, notifyFailed } from '../ui/notify.ts'
import { Picture } from './picture.tsx'
import { Sparkline } from './sparkline.tsx'

const SaveTemplateDialog = lazy(async () => ({
  default: (await import('./save-template-dialog.tsx')).SaveTemplateDialog,
}))
const TagDialog = lazy(async () => ({ default: (await import('./bulk-bar.tsx')).TagDialog }))
const ArchiveDialog = lazy(async () => ({ default: (await import('./bulk-bar.tsx')).ArchiveDialog }))

interface RowProps {
  item: BoardEntry
  mayEdit: boolean
  isChosen: boolean
  onToggle: () => void
}

/** One journey. The whole row opens it; what is above that has its own work. */
export function JourneyRow({ item, mayEdit, isChosen, onToggle }: RowProps) {
  const { t } = useTranslation()
  const entered = item.entered.reduce((sum, count) => sum + count, 0)
  return (
    <div className={classes['row']} data-journey={item.key}>
      <span className={classes['above']}>
        {mayEdit ? (
          <Checkbox size="xs" checked={isChosen} onChange={onToggle} aria-label={t('Choose {{name}}', item)} />
        ) : null}
      </span>
      <Picture svg={item.picture} className={classes['drawn'] ?? ''} />
      <div>
        <Link to={`/journeys/${item.key}`} fw={600} size="sm" className={classes['open'] ?? ''}>
          {item.name}
        </Link>
        <Text size="xs" c="dimmed" lineClamp={1}>
          {item.description}
        </Text>
        <Group gap={8} hiddenFrom="lg" mt={2}>
          <JourneyPill status={item.status} version={item.liveVersion} />
          <Text size="xs" c="dimmed">
            {countOf(item.here, 'lead')}
          </Text>
        </Group>
        <Problems item={item} mayEdit={mayEdit} />
      </div>
      <div className={classes['wide']}>
        <JourneyPill status={item.status} version={item.liveVersion} />
        {item.liveVersion !== null && item.hasDraftChanges ? (
          <Text size="xs" c="dimmed" mt={2}>
            {t('Draft with changes')}
          </Text>
        ) : null}
        {item.tags.length > 0 ? (
          <Group gap={4} mt={4}>
            {item.tags.map((tag) => (
              <Pill key={tag} tone="plain">
                {tag}
              </Pill>
            ))}
          </Group>
        ) : null}
      </div>
      <div className={`${classes['wide'] ?? ''} ${classes['number'] ?? ''}`}>
        {item.here === 0 ? (
          <Text size="sm" c="dimmed">
            0
          </Text>
        ) : (
          <Link to={`/journeys/${item.key}?view=live`} size="sm" fw={600} className={classes['above'] ?? ''}>
            {formatNumber(item.here)}
          </Link>
        )}
        {item.tests > 0 ? (
          <Text size="xs" c="dimmed">
            <Link to={`/journeys/${item.key}?view=live&leads=test`} c="dimmed" className={classes['above'] ?? ''}>
              {t('+{{tests}} test', { tests: formatNumber(item.tests) })}
            </Link>
          </Text>
        ) : null}
        {item.parked > 0 ? (
          <Text size="xs" className={classes['problem'] ?? ''}>
            <Link
              to={`/journeys/${item.key}?view=live&what=parked`}
              inherit
              c="inherit"
              className={classes['above'] ?? ''}
            >
              {t('{{count}} need a person', { count: item.parked, shown: formatNumber(item.parked) })}
            </Link>
          </Text>
        ) : null}
      </div>
      <Group gap={8} wrap="nowrap" className={classes['wide'] ?? ''}>
        <Box miw={44} className={classes['number'] ?? ''}>
          <Entered item={item} count={entered} />
        </Box>
        <Sparkline
          values={item.entered}
          label={t('{{entered}} entered in 30 days, {{today}} of them in the last 24 hours', {
            entered,
            today: item.entered.at(-1) ?? 0,
          })}
        />
      </Group>
      <Goal item={item} />
      <div className={classes['wide']}>
        <Text size="xs" c="dimmed">
          <When at={item.editedAt} />
        </Text>
        {item.editedBy === null ? null : (
          <Text size="xs" c="dimmed" truncate>
            {item.editedBy}
          </Text>
        )}
      </div>
      <span className={classes['above']}>
        <RowMenu item={item} mayEdit={mayEdit} />
      </span>
    </div>
  )
}

/** Who came in lately, one by one, at the step they came in by. */
function Entered({ item: { key, entryStep }, count }: { item: BoardEntry; count: number }) {
  const { t } = useTranslation()
  if (count === 0 || entryStep === null) {
    return (
      <Text size="sm" c={count === 0 ? 'dimmed' : 'var(--ink)'}>
        {formatNumber(count)}
      </Text>
    )
  }
  return (
    <Link
      to={`/journeys/${key}?view=live&step=${encodeURIComponent(entryStep)}&what=entered`}
      size="sm"
      fw={600}
      className={classes['above'] ?? ''}
      aria-label={t('{{leads}} entered in 30 days', { leads: countOf(count, 'lead') })}
    >
      {formatNumber(count)}
    </Link>
  )
}

/** Who may edit gets to the list of them, in the editor's drawer. */
function Problems({ item: { key, problems }, mayEdit }: { item: BoardEntry; mayEdit: boolean }) {
  const { t } = useTranslation()
  if (problems.errors + problems.warnings === 0) return null
  const isError = problems.errors > 0
  const words = isError
    ? t('{{count}} problems', { count: problems.errors })
    : t('{{count}} warnings', { count: problems.warnings })
  const style = classes[isError ? 'problem' : 'warning'] ?? ''
  return (
    <Text size="xs" className={style}>
      {mayEdit ? (
        <Link to={`/journeys/${key}?drawer=problems`} inherit c="inherit" className={classes['above'] ?? ''}>
          {words}
        </Link>
      ) : (
        words
      )}
    </Text>
  )
}

/** Of those who came in lately, how many reached the goal, and whether that is more than before. */
function Goal({ item: { key, hasGoal, goalRate, goalRateBefore } }: { item: BoardEntry }) {
  const { t } = useTranslation()
  const percent = (rate: number) => `${(rate * 100).toFixed(rate > 0 && rate < 0.1 ? 1 : 0)} %`
  if (!hasGoal || goalRate === null) {
    return (
      <Text size="xs" c="dimmed" className={classes['wide'] ?? ''}>
        {hasGoal ? t('Nobody entered') : t('No goal set')}
      </Text>
    )
  }
  const change = goalRateBefore === null ? null : Math.round((goalRate - goalRateBefore) * 1000) / 10
  return (
    <div className={classes['wide']}>
      <div className={classes['number'] ?? ''}>
        <Link
          to={`/journeys/${key}?view=live&tab=goals`}
          size="sm"
          fw={600}
          className={classes['above'] ?? ''}
          aria-label={t('{{share}} reached the goal', { share: percent(goalRate) })}
        >
          {percent(goalRate)}
        </Link>
      </div>
      {change === null ? null : (
        <Text size="xs" c="dimmed" className={classes['number'] ?? ''} title={t('Against the 30 days before')}>
          {change > 0 ? '▲ +' : change < 0 ? '▼ ' : '± '}
          {change.toFixed(1)} {t('points')}
        </Text>
      )}
    </div>
  )
}

/** Who may only read can watch it, and have it as a file. */
function RowMenu({ item, mayEdit }: { item: BoardEntry; mayEdit: boolean }) {
  const { t } = useTranslation()
  const [asks, setAsks] = useState<'template' | 'tags' | 'archive' | null>(null)
  const close = () => setAsks(null)
  const duplicate = useDuplicateJourney()
  const status = useJourneyStatus()
  const save = async (kind: ExportKind) => (await import('./export-journey.ts')).exportJourney(item.key, kind)
  const change = (action: 'pause' | 'resume') =>
    status.mutate(
      { keys: [item.key], action },
      {
        onError: notifyFailed,
        onSuccess: () =>
          notifyDone(action === 'pause' ? t('{{name}} is paused: nobody moves', item) : t('{{name}} goes on', item)),
      },
    )
  return (
    <>
      {asks === null ? null : (
        <Suspense>
          {asks === 'template' ? <SaveTemplateDialog journey={item} onClose={close} /> : null}
          {asks === 'tags' ? <TagDialog items={[item]} onClose={close} onDone={close} /> : null}
          {asks === 'archive' ? <ArchiveDialog items={[item]} onClose={close} onDone={close} /> : null}
        </Suspense>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('More about {{name}}', item)}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => goTo(`/journeys/${item.key}?view=live`)}>{t('Watch it live')}</Menu.Item>
          {mayEdit ? (
            <Menu.Item
              onClick={() =>
                duplicate.mutate(
                  { key: item.key, name: t('Copy of {{name}}', item) },
                  { onError: notifyFailed, onSuccess: ({ key }) => goTo(`/journeys/${key}`) },
                )
              }
            >
              {t('Duplicate')}
            </Menu.Item>
          ) : null}
          {mayEdit ? <Menu.Item onClick={() => setAsks('tags')}>{t('Tags…')}</Menu.Item> : null}
          {mayEdit ? <Menu.Item onClick={() => setAsks('template')}>{t('Save as template…')}</Menu.Item> : null}
          {mayEdit && item.status === 'live' ? (
            <Menu.Item onClick={() => change('pause')}>{t('Pause')}</Menu.Item>
          ) : null}
          {mayEdit && item.status === 'paused' ? (
            <Menu.Item onClick={() => change('resume')}>{t('Resume')}</Menu.Item>
          ) : null}
          {mayEdit && item.status !== 'archived' ? (
            <Menu.Item onClick={() => setAsks('archive')}>{t('Archive…')}</Menu.Item>
          ) : null}
          <Menu.Divider />
          {exportKinds.map(({ kind, label }) => (
            <Menu.Item key={kind} onClick={() => void save(kind).catch(notifyFailed)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
