/** A journey as it is lived: its live version, or another, with who is where, what they do and how it ends. */
import { Stack } from '@mantine/core'
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { useStatus } from '../../api/queries.ts'
import { Empty, Failure, Loading } from '../../ui/states.tsx'
import { useEditor } from '../editor-context.tsx'
import { createMarks, type Marks } from '../marks.ts'
import { GoalsTab } from './goals-tab.tsx'
import { JourneySummary } from './journey-summary.tsx'
import { LeadPathPanel } from './lead-path.tsx'
import { LiveBar } from './live-bar.tsx'
import { LiveCanvas, type LiveCanvasProps } from './live-canvas.tsx'
import { useLiveChannel } from './live-channel.ts'
import { useLeadPath, useTestRun, useVersionDocument, useVersions, type Scope } from './live-queries.ts'
import { changeView, rangeStart, untilNextHour, useLiveView, type LiveView } from './live-view.ts'
import { People } from './people.tsx'
import { pathMarks, shownEnrollment } from './path-marks.ts'
import { StepStats } from './step-stats.tsx'
import { TestRunBar } from './test-run.tsx'
import classes from './live.module.css'

// The river's layout is a library of its own.
const FlowTab = lazy(async () => {
  const { FlowTab: tab } = await import('./flow-tab.tsx')
  return { default: tab }
})

/** Needs the editor's context around it; draws a document of its own, a published one. */
export function LiveMode() {
  const { t } = useTranslation()
  const journey = useEditor((state) => state.journey)
  const versions = useVersions(journey.key)
  if (versions.data === undefined) {
    return versions.error === null ? (
      <Loading rows={6} height={48} />
    ) : (
      <Failure error={versions.error} onRetry={() => void versions.refetch()} />
    )
  }
  const numbers = versions.data.items.map(({ version }) => version)
  if (numbers.length === 0) {
    return (
      <Empty title={t('Nobody has walked this journey yet')}>
        {t('It has never been published. Publish it, and the leads that enter are shown here.')}
      </Empty>
    )
  }
  const live = versions.data.items.find(({ isLive }) => isLive)?.version ?? numbers[0] ?? 1
  return <Watched journey={journey.key} versions={numbers} live={live} />
}

function Watched({ journey, versions, live }: { journey: string; versions: readonly number[]; live: number }) {
  const view = useLiveView()
  const counted = useStatus().data?.leads.shown ?? 'real'
  const run = useTestRun(view.run)
  // A followed test run is looked at by its lead's path.
  const lead = view.lead ?? run.data?.leadId ?? null
  const path = useLeadPath(journey, lead, view.enrollment)
  const walked = path.data === undefined ? null : shownEnrollment(path.data)
  const drawn = (lead === null ? null : walked?.version) ?? view.version ?? live
  const document = useVersionDocument(journey, drawn)
  const leads = view.leads ?? counted
  const from = useRangeStart(view)
  const scope = useMemo<Scope>(
    () => ({ journey, from, leads, ...(view.version === null ? {} : { version: view.version }) }),
    [journey, from, leads, view.version],
  )
  const [marks] = useState(createMarks)
  const client = useQueryClient()
  const onLead = useCallback(() => void client.invalidateQueries({ queryKey: ['path', journey] }), [client, journey])
  const channel = useLiveChannel(marks, { journey, from, version: view.version, leads, lead }, onLead)
  const shown = document.data
  const current = lead === null ? null : (path.data?.visits.at(-1)?.step.id ?? null)
  usePathOn(marks, shown, lead === null ? undefined : path.data)
  return (
    <div className={classes['live']}>
      <LiveBar view={view} versions={versions} live={live} leads={leads} channel={channel} journey={journey} />
      {view.run === null ? null : <TestRunBar id={view.run} />}
      <div className={classes['body']} data-chosen={lead !== null || view.step !== null || view.everywhere !== null}>
        <div className={classes['main']}>
          {shown === undefined ? (
            document.error === null ? (
              <Loading rows={6} height={48} />
            ) : (
              <Failure error={document.error} onRetry={() => void document.refetch()} />
            )
          ) : (
            <Tab
              current={current}
              view={view}
              scope={scope}
              document={shown}
              marks={marks}
              ports={channel.ports}
              hasPath={lead !== null}
            />
          )}
        </div>
        <Side view={view} scope={scope} document={shown ?? null} lead={lead} drawn={drawn} />
      </div>
    </div>
  )
}

/** The beginning of the range, on the hour: it moves with the hour, so that nothing is counted anew by the minute. */
function useRangeStart({ range }: LiveView): string {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    // A page that slept is late; it sees so when it is looked at again.
    const look = () => setNow(Date.now())
    const timer = setTimeout(look, untilNextHour(now))
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [now])
  return rangeStart(range, now)
}

function Tab(props: LiveCanvasProps) {
  if (props.view.tab === 'flow') {
    return (
      <Suspense fallback={<Loading rows={6} height={48} />}>
        <FlowTab {...props} />
      </Suspense>
    )
  }
  if (props.view.tab === 'goals') return <GoalsTab scope={props.scope} document={props.document} />
  return <LiveCanvas {...props} />
}

function usePathOn(
  marks: Marks,
  document: JourneyDocument | undefined,
  path: ReturnType<typeof useLeadPath>['data'],
): void {
  useEffect(() => {
    marks.path.replace(document === undefined || path === undefined ? new Map() : pathMarks(document.graph, path))
  }, [marks, document, path])
}

interface SideProps {
  view: LiveView
  scope: Scope
  document: JourneyDocument | null
  lead: string | null
  drawn: number
}

function Side({ view, scope, document, lead, drawn }: SideProps) {
  const { t } = useTranslation()
  if (lead !== null) {
    return (
      <aside className={classes['side']} aria-label={t('Path of the lead')}>
        <LeadPathPanel journey={scope.journey} lead={lead} enrollment={view.enrollment} drawn={drawn} />
      </aside>
    )
  }
  return (
    <aside className={classes['side']} aria-label={view.step === null ? t('All steps') : t('This step')}>
      <Stack gap={12}>
        {view.step === null && view.everywhere !== null ? (
          <People
            key={view.everywhere}
            scope={scope}
            filter={{ step: null, what: view.everywhere, port: null }}
            document={document}
            count={null}
            onClose={() => changeView({ what: null, who: null, state: null })}
          />
        ) : view.step === null ? (
          <JourneySummary scope={scope} document={document} view={view} />
        ) : (
          <StepStats
            key={view.step}
            scope={scope}
            step={view.step}
            document={document}
            what={view.what}
            port={view.port}
            onShow={(what, port) => changeView({ what, port, only: null })}
            onClose={() => changeView({ step: null, what: null, port: null, only: null, who: null, state: null })}
          />
        )}
      </Stack>
    </aside>
  )
}
