/** Before anything goes live: problems, changes, leads in flight, test cases; then a note, when, and the button. */
import { Drawer, Text } from '@mantine/core'
import { useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { Failure, Loading } from '../../ui/states.tsx'
import { useEditor, useEditorStore } from '../editor-context.tsx'
import { countOf } from '../../ui/words.ts'
import { isDirty } from '../store.ts'
import { toPolicies, type Choice, type Choices } from './choices.ts'
import { DiffView } from './diff-view.tsx'
import { LeadsInFlightTable } from './leads-in-flight.tsx'
import { MoveProgress } from './move-progress.tsx'
import { PlanProblems, PlanTests } from './plan-lists.tsx'
import { PublishFooter, type PublishWish } from './publish-footer.tsx'
import { usePlan, usePublish, useSchedule, useTestCases, useVersion, type Plan } from './publish-queries.ts'
import { Refusal } from './refusal.tsx'
import { useSeenVersion } from './seen-version.ts'
import classes from './publish.module.css'

interface PublishSheetProps {
  /** An older version that is to come back, in place of the draft. */
  rollBack: number | null
  startsScheduled: boolean
  onClose: () => void
}

export function PublishSheet(props: PublishSheetProps) {
  const { t } = useTranslation()
  const name = useEditor((state) => state.content.name)
  const liveVersion = useEditor((state) => state.journey.liveVersion)
  const { rollBack, onClose } = props
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(1360px, 100%)"
      title={
        <Text component="span" fz={20} lh="28px" fw={600}>
          {rollBack === null
            ? t('Publish “{{name}}”', { name })
            : t('Bring version {{version}} of “{{name}}” back', { version: rollBack, name })}
          <Text component="span" display="block" size="sm" c="dimmed">
            {liveVersion === null
              ? t('It goes live for the first time.')
              : t('It takes the place of version {{version}} for everybody who enters from then on.', {
                  version: liveVersion,
                })}
          </Text>
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('Close') }}
      styles={{
        content: { display: 'flex', flexDirection: 'column' },
        body: { flex: 1, minHeight: 0, padding: 0 },
        header: { borderBottom: '1px solid var(--hairline)', padding: '12px 24px' },
      }}
    >
      <Sheet {...props} />
    </Drawer>
  )
}

/** What was looked at: it stays as it is, whatever others save meanwhile, until somebody looks again. */
interface Looked {
  revision: number
  document: JourneyDocument
}

function Sheet({ rollBack, startsScheduled, onClose }: PublishSheetProps) {
  const { t } = useTranslation()
  const journey = useEditor((state) => state.journey)
  const saved = useEditor((state) => state.saved)
  const isSaving = useEditor(isDirty)
  const [looked, setLooked] = useState<Looked | null>(null)
  const present = { revision: saved.revision, document: saved.content.document }
  if (looked === null && !isSaving) setLooked(present)
  const plan = usePlan(journey.id, looked === null ? null : { revision: looked.revision, version: rollBack })
  const found = plan.data
  const isBehind = looked !== null && found !== undefined && found.revision > looked.revision
  if (isBehind && saved.revision >= found.revision) setLooked(present)
  // What was chosen outlives another look: problems are solved in between.
  const [choices, setChoices] = useState<Choices>(new Map())
  const [note, setNote] = useState(rollBack === null ? '' : t('Back to version {{version}}', { version: rollBack }))
  const [published, setPublished] = useState<{ version: number; moveId: string | null } | null>(null)
  if (published !== null) {
    return (
      <div className={classes['scroll']}>
        <MoveProgress journey={journey.id} published={published} onClose={onClose} />
      </div>
    )
  }
  if (looked !== null && found?.revision === looked.revision) {
    return (
      <Planned
        key={`${String(found.revision)}:${String(found.baseVersion)}`}
        plan={found}
        draft={looked.document}
        rollBack={rollBack}
        startsScheduled={startsScheduled}
        choices={choices}
        onChoices={setChoices}
        note={note}
        onNote={setNote}
        onFixed={() => setLooked(null)}
        onPublished={setPublished}
        onClose={onClose}
        onLookAgain={() => {
          setLooked(present)
          void plan.refetch()
        }}
      />
    )
  }
  return (
    <div className={classes['scroll']}>
      {plan.error !== null ? (
        <Failure error={plan.error} onRetry={() => void plan.refetch()} />
      ) : (
        <>
          {isSaving ? <Text size="sm">{t('Your last changes are being saved…')}</Text> : null}
          {isBehind ? (
            <Text size="sm">{t('Somebody has saved another draft meanwhile; it is being loaded…')}</Text>
          ) : null}
          <Loading rows={8} height={40} />
        </>
      )}
    </div>
  )
}

function Planned({
  plan,
  draft,
  rollBack,
  startsScheduled,
  choices,
  onChoices,
  note,
  onNote,
  onFixed,
  onPublished,
  onClose,
  onLookAgain,
}: {
  plan: Plan
  draft: JourneyDocument
  rollBack: number | null
  startsScheduled: boolean
  choices: Choices
  onChoices: (choices: Choices) => void
  note: string
  onNote: (note: string) => void
  /** A problem was solved here: the draft is saved and looked at again. */
  onFixed: () => void
  onPublished: (published: { version: number; moveId: string | null }) => void
  onClose: () => void
  onLookAgain: () => void
}) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const { id, liveVersion } = useEditor((state) => state.journey)
  const live = useVersion(id, plan.baseVersion)
  const older = useVersion(id, rollBack)
  const [key] = useState(newKey)
  const publish = usePublish(id, `publish-${key}`)
  const schedule = useSchedule(id, `schedule-${key}`)
  const seen = useSeenVersion()
  const before = useDocumentOf(live.data)
  const olderDocument = useDocumentOf(older.data)
  const after = rollBack === null ? draft : olderDocument
  const errors = plan.issues.filter(({ severity }) => severity === 'error').length
  const tests = useTestCases(
    id,
    !plan.publishable || after === null
      ? null
      : { revision: plan.revision, version: rollBack, ...(rollBack === null ? {} : { graph: after.graph }) },
  )
  const failed = tests.results?.filter(({ passed }) => !passed).length ?? 0
  const touched = plan.inFlight.filter(({ change }) => change !== 'same')
  // One more than the last; another publish meanwhile is refused by the server.
  const nextVersion = plan.isNew ? (seen ?? plan.baseVersion ?? liveVersion ?? 0) + 1 : (plan.baseVersion ?? 1)
  const choose = (key: string, choice: Choice) => onChoices(new Map(choices).set(key, choice))
  const trouble = publish.error ?? schedule.error

  const go = (wish: PublishWish) => {
    const body = {
      revision: plan.revision,
      baseVersion: plan.baseVersion,
      note: note.trim(),
      policies: toPolicies(plan.inFlight, choices),
      ...(rollBack === null ? {} : { version: rollBack }),
      ...(wish.enrolExisting === undefined ? {} : { enrolExisting: wish.enrolExisting }),
    }
    if (wish.at !== null) {
      schedule.mutate({ ...body, publishAt: wish.at, zone: wish.zone }, { onSuccess: onClose })
      return
    }
    publish.mutate(
      { ...body, despiteTestCases: wish.despiteTests, resume: wish.resume },
      {
        onSuccess: ({ version, moveId }) => {
          store.setJourney({ liveVersion: version, status: 'live' })
          onPublished({ version, moveId })
        },
      },
    )
  }

  const labels = {
    before: plan.baseVersion === null ? '' : t('Version {{version}} (live)', { version: plan.baseVersion }),
    after: rollBack === null ? t('Draft') : t('Version {{version}} again', { version: rollBack }),
  }
  return (
    <div className={classes['body']}>
      <div className={classes['scroll']}>
        {trouble === null ? null : <Refusal error={trouble} onLookAgain={onLookAgain} />}
        <Block
          number={1}
          title={t('Problems')}
          state={errors > 0 ? 'bad' : 'good'}
          note={errors > 0 ? t('Solve the errors first: with them nothing can be published.') : undefined}
        >
          <PlanProblems issues={plan.issues} isDraft={rollBack === null} onVisit={onClose} onFixed={onFixed} />
        </Block>
        <Block number={2} title={t('Changes')} state={plan.diff.same ? 'none' : 'good'}>
          {after === null || (plan.baseVersion !== null && before === null) ? (
            <Loading rows={6} height={40} />
          ) : (
            <DiffView before={before} after={after} labels={labels} />
          )}
        </Block>
        <Block
          number={3}
          title={t('Leads in flight')}
          state="none"
          note={
            touched.length > 0 ? t('They finish on the version they are on, unless you choose otherwise.') : undefined
          }
        >
          {plan.stillMoving === 0 ? null : (
            <Text size="sm" mb={8} c="var(--warning)">
              {t('{{leads}} of an earlier publish are still being moved. What you choose here goes before it.', {
                leads: countOf(plan.stillMoving, 'lead'),
              })}
            </Text>
          )}
          {after === null ? null : (
            <LeadsInFlightTable
              places={plan.inFlight}
              before={before}
              after={after}
              nextVersion={nextVersion}
              isNew={plan.isNew}
              choices={choices}
              onChoose={choose}
            />
          )}
        </Block>
        <Block
          number={4}
          title={t('Test cases')}
          state={failed > 0 ? 'bad' : (tests.results?.length ?? 0) > 0 ? 'good' : 'none'}
        >
          <PlanTests isCompiled={plan.publishable} {...tests} />
        </Block>
      </div>
      <PublishFooter
        plan={plan}
        choices={choices}
        note={note}
        onNote={onNote}
        failedTests={failed}
        arePlayed={tests.results !== null}
        startsScheduled={startsScheduled}
        isBusy={publish.isPending || schedule.isPending}
        zone={draft.graph.settings.zone}
        enrolsExisting={draft.graph.nodes.some(
          ({ type, config }) => type === 'entry' && config['enrolExisting'] === true,
        )}
        onGo={go}
      />
    </div>
  )
}

/** Not `randomUUID`, which browsers keep for https. */
function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}

function useDocumentOf(version: ReturnType<typeof useVersion>['data']) {
  return useMemo(() => (version === undefined ? null : { graph: version.graph, layout: version.layout }), [version])
}

function Block({
  number,
  title,
  state,
  note,
  children,
}: {
  number: number
  title: string
  state: 'good' | 'bad' | 'none'
  note?: string | undefined
  children: ReactNode
}) {
  return (
    <section className={classes['block']} aria-label={title}>
      <h2 className={classes['blockTitle']}>
        <span className={classes['number']} data-state={state}>
          {number}
        </span>
        {title}
      </h2>
      {note === undefined ? null : (
        <Text size="sm" c="dimmed" mb={8}>
          {note}
        </Text>
      )}
      {children}
    </section>
  )
}
