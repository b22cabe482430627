/** What was published and when, who stands on which version still, and the ways back. */
import { Alert, Button, Drawer, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Empty, Loaded } from '../../ui/states.tsx'
import { countOf, formatInstant, formatRelative } from '../../ui/words.ts'
import { useEditor, useEditorStore } from '../editor-context.tsx'
import { historyEvents, personOf, type HistoryEvent } from './history-events.ts'
import { sayInstant } from './instants.ts'
import { MoveCard } from './move-progress.tsx'
import { useCallOff, useHistory, useRestore, type History } from './publish-queries.ts'
import { openSheet } from './sheets.ts'
import classes from './publish.module.css'

export function HistoryDrawer({ mayEdit, onClose }: { mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const journey = useEditor((state) => state.journey.id)
  const history = useHistory(journey)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={
        <Text component="span" fz={20} lh="28px" fw={600}>
          {t('Version history')}
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('Close') }}
    >
      <Loaded query={history} rows={6}>
        {(data) => {
          const events = historyEvents(data)
          if (events.length === 0) {
            return (
              <Empty title={t('Nothing was published yet')}>
                {t('Each publish is kept here, to compare and to go back to.')}
              </Empty>
            )
          }
          return (
            <ol className={classes['timeline']}>
              {events.map((event) => (
                <li className={classes['event']} data-kind={event.kind} key={event.key}>
                  <Event event={event} journey={journey} history={data} mayEdit={mayEdit} />
                </li>
              ))}
            </ol>
          )
        }}
      </Loaded>
    </Drawer>
  )
}

function Event({
  event,
  journey,
  history,
  mayEdit,
}: {
  event: HistoryEvent
  journey: string
  history: History
  mayEdit: boolean
}) {
  const { t } = useTranslation()
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed" title={formatInstant(event.at)}>
        {personOf(event.by)} · {formatRelative(event.at, Date.now())}
      </Text>
      {event.version !== undefined ? (
        <VersionEvent version={event.version} journey={journey} history={history} mayEdit={mayEdit} />
      ) : event.publication !== undefined ? (
        <PublicationEvent publication={event.publication} journey={journey} mayEdit={mayEdit} />
      ) : (
        <Text size="sm">{t('Version {{version}} was made the draft again', { version: event.restored })}</Text>
      )}
    </Stack>
  )
}

function VersionEvent({
  version,
  journey,
  history,
  mayEdit,
}: {
  version: History['versions'][number]
  journey: string
  history: History
  mayEdit: boolean
}) {
  const { t } = useTranslation()
  const number = version.version
  const other = version.isLive ? history.versions.find((one) => one.version < number)?.version : undefined
  const live = history.versions.find(({ isLive }) => isLive)?.version
  const against = version.isLive ? other : live
  const move = history.moves.find((one) => one.version === number)
  return (
    <>
      <Group gap={8}>
        <Text size="sm" fw={600}>
          {t('Version {{version}}', { version: number })}
        </Text>
        {version.isLive ? (
          <span className={classes['fate']} data-change="live">
            {t('Live')}
          </span>
        ) : null}
        {version.from === null ? null : (
          <Text size="xs" c="dimmed">
            {t('version {{from}} brought back', { from: version.from })}
          </Text>
        )}
      </Group>
      {version.note === '' ? null : <Text size="sm">{version.note}</Text>}
      <Text size="xs" c="dimmed">
        {version.here > 0
          ? t('{{leads}} on it now', { leads: countOf(version.here, 'lead') })
          : t('No leads on it now')}
      </Text>
      {move === undefined ? null : <MoveCard journey={journey} move={move} />}
      <Group gap={6} mt={4}>
        {against === undefined ? null : (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() =>
              openSheet({ compare: `${String(Math.min(against, number))}..${String(Math.max(against, number))}` })
            }
          >
            {t('Compare')}
          </Button>
        )}
        {mayEdit ? <RestoreButton journey={journey} version={number} /> : null}
        {mayEdit && !version.isLive ? (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => openSheet({ sheet: 'publish', rollback: String(number) })}
          >
            {t('Roll back…')}
          </Button>
        ) : null}
      </Group>
    </>
  )
}

/** The draft of this page is replaced as one edit, so it can be undone, too. */
function RestoreButton({ journey, version }: { journey: string; version: number }) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const revision = useEditor((state) => state.saved.revision)
  const restore = useRestore(journey)
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={restore.isPending}
      onClick={() =>
        restore.mutate(
          { version, baseRevision: revision },
          {
            onSuccess: (draft) => {
              const content = {
                name: draft.name,
                description: draft.description,
                document: { graph: draft.graph, layout: draft.layout },
              }
              store.replaceContent(t('restore version {{version}}', { version }), content)
              store.markSaved({ revision: draft.revision, updatedAt: draft.updatedAt, content })
            },
          },
        )
      }
    >
      {restore.error === null ? t('Restore as draft') : t('Try again: {{why}}', { why: restore.error.message })}
    </Button>
  )
}

function PublicationEvent({
  publication,
  journey,
  mayEdit,
}: {
  publication: History['publications'][number]
  journey: string
  mayEdit: boolean
}) {
  const { t } = useTranslation()
  const callOff = useCallOff(journey)
  const { status, publishAt, zone, note, problem } = publication
  if (status === 'failed') {
    return (
      <Alert color="red" variant="light" title={t('A scheduled publish did not happen')}>
        <Text size="sm">{problem?.message}</Text>
        <Text size="xs" c="dimmed">
          {sayInstant(publishAt, zone)}
        </Text>
      </Alert>
    )
  }
  return (
    <>
      <Text size="sm" fw={600}>
        {status === 'scheduled'
          ? t('Goes live on {{when}}', { when: sayInstant(publishAt, zone) })
          : t('A publish on {{when}} was called off', { when: sayInstant(publishAt, zone) })}
      </Text>
      {note === '' ? null : <Text size="sm">{note}</Text>}
      {status === 'scheduled' && mayEdit ? (
        <Group gap={6} mt={4}>
          <Button
            size="compact-xs"
            variant="default"
            loading={callOff.isPending}
            onClick={() => callOff.mutate(publication.id)}
          >
            {t('Call it off')}
          </Button>
        </Group>
      ) : null}
    </>
  )
}
