/** One step tried with a lead: what it would do with it now, and why. By the code of real turns; nothing is sent. */
import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Graph, GraphNode } from '#engine/graph/schema.ts'
import type { StepTrial } from '#engine/simulation/try-step.ts'
import type { SimulatedLine } from '#engine/simulation/types.ts'
import { readRehearsalLeads } from '#server/contract/rehearsals.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { Failure, Loading } from '../../ui/states.tsx'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import { LeadSelect } from '../inspector/message-preview.tsx'
import { dateWords } from './clock-words.ts'
import type { Compiled, Ground } from './protocol.ts'
import { openRehearsalWorker, type RehearsalWorker } from './rehearsal-worker.ts'
import { afterFacts } from './settings.ts'
import classes from './simulate.module.css'
import { TraceView } from './trace-view.tsx'
import { tracesOf } from './traces-of.ts'

type Chosen = { value: string; label: string } | null
/** The same lead from step to step. */
let lastTried: Chosen = null

export default function TryStep({ node }: { node: GraphNode }) {
  const mayRead = useMay('leads:read')
  const [lead, setLead] = useState(lastTried)
  if (!mayRead) return null
  return (
    <section className={classes['trial']} aria-label={t('Try this step')}>
      <Text size="sm" fw={600} mb={8}>
        {t('Try this step')}
      </Text>
      <LeadSelect
        label={t('Lead to try it with')}
        placeholder={t('Choose a lead to try it with')}
        value={lead}
        onChange={(chosen) => {
          lastTried = chosen
          setLead(chosen)
        }}
      />
      {lead === null ? null : <Trial node={node} leadId={lead.value} />}
    </section>
  )
}

/** Each state of the journey has a number: a key of its whole text would be made with each drawing. */
const numbers = new WeakMap<Graph, number>()
let lastNumber = 0
function numberOf(graph: Graph): number {
  const number = numbers.get(graph) ?? (lastNumber += 1)
  numbers.set(graph, number)
  return number
}

interface Tried {
  trial: StepTrial
  at: number
}

function Trial({ node, leadId }: { node: GraphNode; leadId: string }) {
  const { graph } = useDocument()
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const library = useLibrary().data
  const { journey } = editor.getState()
  const tried = useQuery({
    queryKey: ['try-step', journey.key, node.id, leadId, numberOf(graph)],
    queryFn: async ({ signal }): Promise<Tried> => {
      if (library === undefined) throw new Error(t('The library is not there yet.'))
      const ground: Ground = {
        manifests: catalogue.manifests,
        library: library.library,
        journeys: library.journeys.map(({ key }) => key),
        journey: { id: journey.id, key: journey.key },
      }
      const { worker, compiled } = await openWith(ground, graph)
      try {
        const { items, replyHold } = await call(
          readRehearsalLeads,
          { params: { journey: journey.key }, body: { needs: compiled.needs, leads: [leadId] } },
          signal,
        )
        const [found] = items
        if (found === undefined) throw new Error(t('This lead is gone.'))
        const at = afterFacts(Date.now(), found.facts)
        const answer = await worker.ask({ kind: 'try', stepId: node.id, lead: found.facts, at, replyHold })
        if (answer.kind !== 'tried') throw new Error(t('It could not be played.'))
        return { trial: answer.trial, at }
      } finally {
        worker.close()
      }
    },
    enabled: library !== undefined,
    staleTime: 10_000,
    gcTime: 30_000,
    retry: false,
  })
  if (tried.data === undefined) {
    return tried.error === null ? (
      <Loading rows={2} />
    ) : (
      <Failure error={tried.error} onRetry={() => void tried.refetch()} />
    )
  }
  const { trial, at } = tried.data
  const next = trial.nextStepId === null ? undefined : graph.nodes.find(({ id }) => id === trial.nextStepId)
  return (
    <div role="status">
      <Text size="xs" c="dimmed" mt={6}>
        {t('At {{time}}. Nothing is sent.', { time: dateWords(at, graph.settings.zone) })}
      </Text>
      {trial.lines.length === 0 ? <Text size="sm">{t('Nothing happens here.')}</Text> : null}
      {trial.lines.map((line, index) => (
        <Said key={index} line={line} />
      ))}
      {trial.delivery?.notBefore == null ? null : (
        <Text size="sm">
          {t('It would be sent {{time}}.', { time: dateWords(trial.delivery.notBefore, graph.settings.zone) })}
        </Text>
      )}
      {next === undefined ? null : (
        <Text size="sm">
          {t('Then:')}{' '}
          <Anchor component="button" type="button" size="sm" onClick={() => editor.select([next.id])}>
            {catalogue.titleOf(next)}
          </Anchor>
        </Text>
      )}
    </div>
  )
}

function Said({ line }: { line: SimulatedLine }) {
  return (
    <>
      <Text size="sm" mt={6} c={line.kind === 'parked' || line.kind === 'refused' ? 'var(--error)' : 'var(--ink)'}>
        {line.text}
      </Text>
      {(line.asks ?? []).length === 0 ? null : (
        <ul className={classes['asks']}>
          {(line.asks ?? []).map((words, index) => (
            <li key={index}>{words}</li>
          ))}
        </ul>
      )}
      {tracesOf(line.detail).map(({ title, trace }, index) => (
        <TraceView key={index} title={title} trace={trace} />
      ))}
    </>
  )
}

/** A worker for one question. @throws when the journey cannot be played as it is. */
function openWith(ground: Ground, graph: Graph) {
  return new Promise<{ worker: RehearsalWorker; compiled: Compiled }>((resolve, reject) => {
    const refuse = (message: string) => {
      worker.close()
      reject(new Error(message))
    }
    const worker = openRehearsalWorker({
      onCompiled: (compiled, problems) => {
        if (compiled === null) refuse(t('Solve the {{count}} problems of the journey first.', { count: problems }))
        else resolve({ worker, compiled })
      },
      onFailed: refuse,
    })
    // The journey last: it is compiled once both are there.
    worker.setGround(ground)
    worker.setGraph(graph)
  })
}
