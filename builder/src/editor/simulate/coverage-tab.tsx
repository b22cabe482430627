/** What the journey would do with a thousand leads: where they go, and which steps nobody comes to. */
import { Alert, Anchor, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useEffect } from 'react'
import { readRehearsalLeads } from '#server/contract/rehearsals.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { Empty } from '../../ui/states.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import { useMarks, type OverlayMark } from '../marks.ts'
import type { Coverage } from './coverage.ts'
import { cancelCoverage, runCoverage, sampleParts } from './coverage-run.ts'
import { useProblemsStore } from '../problems/problems-store.ts'
import { neverReached, neverReachedIssues } from './never-reached.ts'
import { useSaver } from '../saving/saving-context.tsx'
import { toSampleInput } from './settings.ts'
import { noCoverageYet, tryAgain, useSimulate, useSimulateStore, type CoverageState } from './simulate-store.ts'
import { whenSaved } from './when-saved.ts'
import classes from './simulate.module.css'

export function CoverageTab() {
  const mayRead = useMay('leads:read')
  const { graph } = useDocument()
  const known = useSimulate((one) => one.coverage)
  // What leads did in another journey than the one that is drawn says nothing.
  const isOld = known.graph !== null && known.graph !== graph
  const coverage = isOld ? noCoverageYet : known
  const state = useSimulate((one) => one.state)
  const start = useCoverage()
  const store = useSimulateStore()
  useCoverageMarks(coverage.coverage)
  if (!mayRead)
    return (
      <Empty title={t('Leads are not yours to see')}>
        {t('Ask an owner for the right to read leads; then this tab plays a thousand of them.')}
      </Empty>
    )
  const isRunning = coverage.state === 'running'
  // Not the leads, the worker itself is gone: it is to begin anew before they can be played.
  const isBroken = state === 'failed'
  return (
    <Stack gap={12} className={classes['padded'] ?? ''}>
      <Text size="sm" c="dimmed">
        {t('Up to 1,000 of your leads walk the journey here, each by the chances of its steps. Nothing is sent.')}
      </Text>
      <Group gap={8}>
        <Button size="xs" onClick={() => void start()} loading={isRunning}>
          {coverage.coverage === null ? t('Play 1,000 leads') : t('Play them again')}
        </Button>
        {isRunning ? (
          <Button size="xs" variant="default" onClick={() => cancelCoverage(store)}>
            {t('Cancel')}
          </Button>
        ) : null}
      </Group>
      {isRunning ? <Progress value={(coverage.parts / sampleParts) * 100} aria-label={t('Leads played')} /> : null}
      {coverage.message === null ? null : (
        <Alert color="red" variant="light" role="alert">
          {coverage.message}{' '}
          {isBroken ? (
            <Anchor component="button" type="button" size="sm" onClick={() => tryAgain(store)}>
              {t('Try again')}
            </Anchor>
          ) : null}
        </Alert>
      )}
      {isOld && known.coverage !== null ? (
        <Text size="sm" role="status">
          {t('The journey has changed since; play them again.')}
        </Text>
      ) : null}
      {coverage.coverage === null ? null : (
        <Result coverage={coverage.coverage} isDone={coverage.state === 'done'} ms={coverage.ms} />
      )}
    </Stack>
  )
}

function Result({ coverage, isDone, ms }: { coverage: Coverage; isDone: boolean; ms: CoverageState['ms'] }) {
  const editor = useEditorStore()
  const { graph } = useDocument()
  const catalogue = useCatalogue()
  if (coverage.leads === 0)
    return (
      <Empty title={t('No lead matches')}>
        {t('None of your leads is one that the entry of this journey lets in.')}
      </Empty>
    )
  const missing = isDone ? neverReached(graph, coverage) : []
  const parked = Object.entries(coverage.parked)
  return (
    <>
      <div className={classes['numbers']}>
        <Figure value={coverage.leads} label={t('leads played')} />
        <Figure value={coverage.entered} label={t('came in')} />
        <Figure value={coverage.messages} label={t('messages')} />
        <Figure value={coverage.tasks} label={t('tasks')} />
      </div>
      {ms === null ? null : (
        <Text size="xs" c="dimmed">
          {t('Played in {{played}} s, with reading the leads {{all}} s.', {
            played: (ms.played / 1000).toFixed(1),
            all: (ms.all / 1000).toFixed(1),
          })}
        </Text>
      )}
      {parked.map(([stepId, count]) => (
        <Alert key={stepId} color="red" variant="light" icon={<IconAlertTriangle />}>
          {t('{{count}} leads', { count })} {t('stop at a step that fails:')} <StepLink stepId={stepId} />
        </Alert>
      ))}
      {coverage.entered === 0 ? (
        isDone ? (
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} title={t('None of them was let in')}>
            <Text size="sm">
              {t('So no step is reached. Look at how leads come in, and at what the entry asks of them.')}
            </Text>
          </Alert>
        ) : null
      ) : missing.length === 0 ? (
        isDone ? (
          <Text size="sm">{t('Every step is reached by somebody.')}</Text>
        ) : null
      ) : (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} title={t('Never reached')}>
          <Text size="sm">
            {t('None of these leads came here. That may be right; or a case above takes them all.')}
          </Text>
          <Stack gap={2} mt={6} align="flex-start">
            {missing.map((node) => (
              <Anchor
                key={node.id}
                component="button"
                type="button"
                size="sm"
                ta="start"
                onClick={() => editor.select([node.id])}
              >
                {catalogue.titleOf(node)}
              </Anchor>
            ))}
          </Stack>
        </Alert>
      )}
    </>
  )
}

function StepLink({ stepId }: { stepId: string }) {
  const editor = useEditorStore()
  const { graph } = useDocument()
  const catalogue = useCatalogue()
  const node = graph.nodes.find(({ id }) => id === stepId)
  return (
    <Anchor component="button" type="button" size="sm" onClick={() => editor.select([stepId])}>
      {node === undefined ? stepId : catalogue.titleOf(node)}
    </Anchor>
  )
}

function Figure({ value, label }: { value: number; label: string }) {
  return (
    <div>
      <div className={classes['number']}>{formatNumber(value)}</div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
    </div>
  )
}

function useCoverage(): () => Promise<void> {
  const store = useSimulateStore()
  const editor = useEditorStore()
  const problems = useProblemsStore()
  const saver = useSaver()
  const catalogue = useCatalogue()
  const library = useLibrary().data?.library
  return async () => {
    const { settings, worker, compiled, replyHold } = store.getState()
    if (settings === null || worker === null || compiled === null || library === undefined) return
    const { needs, entryRule } = compiled
    const { content, journey } = editor.getState()
    const { graph } = content.document
    const input = toSampleInput(settings, graph, library, replyHold)
    const sum = await runCoverage(store, {
      graph,
      isOld: () => editor.getState().content.document.graph !== graph,
      whenReady: () => whenSaved(editor, saver),
      read: async (part) => {
        const { items } = await call(readRehearsalLeads, {
          params: { journey: journey.key },
          body: { needs, part, ...(entryRule === null ? {} : { rule: entryRule }) },
        })
        return items
      },
      play: async (leads) => {
        const answer = await worker.ask({ kind: 'sample', leads, input, seek: null })
        if (answer.kind !== 'sampled') throw new Error(t('The rehearsal gave an answer that cannot be read.'))
        return answer
      },
    })
    if (sum === null) return
    problems.setState({
      rehearsed: { graph, issues: neverReachedIssues(graph, sum, (node) => catalogue.titleOf(node)) },
    })
  }
}

/** Predicted numbers on cards and connections, while this tab is open. */
function useCoverageMarks(coverage: Coverage | null): void {
  const marks = useMarks()
  useEffect(() => {
    if (coverage === null || coverage.entered === 0) return
    const most = coverage.entered
    const values = new Map<string, OverlayMark>()
    for (const [key, count] of Object.entries({ ...coverage.steps, ...coverage.edges })) {
      const share = count / most
      const tint = Math.min(4, Math.floor(share * 5)) as OverlayMark['tint']
      values.set(key, { text: formatNumber(count), tint, flow: share })
    }
    marks.overlay.replace(values)
    return () => marks.overlay.replace(new Map())
  }, [coverage, marks])
}
