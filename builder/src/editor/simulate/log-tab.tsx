/** What happened when, and why: each line unfolds into the rules with the facts they saw. */
import { Text } from '@mantine/core'
import { memo, useEffect, useRef, useState } from 'react'
import type { SimulatedLine } from '#engine/simulation/types.ts'
import { t } from '../../i18n/t.ts'
import { Empty, Loading } from '../../ui/states.tsx'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import { dateWords, dayWords } from './clock-words.ts'
import { useSimulate, useSimulateStore } from './simulate-store.ts'
import classes from './simulate.module.css'
import { TraceView } from './trace-view.tsx'
import { tracesOf } from './traces-of.ts'

export function LogTab() {
  const run = useSimulate((one) => one.run)
  const state = useSimulate((one) => one.state)
  const message = useSimulate((one) => one.message)
  const settings = useSimulate((one) => one.settings)
  const head = useSimulate((one) => one.head)
  const store = useSimulateStore()
  const editor = useEditorStore()
  const { graph } = useDocument()
  const catalogue = useCatalogue()
  if (state === 'blocked')
    return <Empty title={t('Nothing to show yet')}>{t('Solve the problems of the journey first.')}</Empty>
  if (state === 'failed') return <Empty title={t('It could not be played')}>{message}</Empty>
  if (run === null || settings === null || head === null) return <Loading rows={6} />
  if (run.lines.length === 0)
    return (
      <Empty title={t('Nothing happens')}>
        {t('This lead does not come in. Let it in by hand, or choose another one.')}
      </Empty>
    )
  const names = new Map(graph.nodes.map((node) => [node.id, catalogue.titleOf(node)]))
  const last = run.lines.findLastIndex(({ at }) => at <= head)
  return (
    <ol className={classes['lines']}>
      {run.lines.map((line, index) => (
        <Line
          // A log only grows at its end.
          key={index}
          line={line}
          name={line.stepId === null ? null : (names.get(line.stepId) ?? line.stepId)}
          when={dayWords(line.at, settings.startAt, settings.zone)}
          date={dateWords(line.at, settings.zone)}
          isLater={index > last}
          isNow={index === last}
          onGo={() => {
            store.setState({ head: line.at, isRunning: false })
            if (line.stepId !== null) editor.select([line.stepId])
          }}
        />
      ))}
      {run.isCut ? (
        <li>
          <Text size="xs" c="dimmed" px={16}>
            {t('So much happens that the rehearsal ends here.')}
          </Text>
        </li>
      ) : null}
    </ol>
  )
}

interface LineProps {
  line: SimulatedLine
  name: string | null
  when: string
  date: string
  isLater: boolean
  isNow: boolean
  onGo: () => void
}

const Line = memo(
  function Line({ line, name, when, date, isLater, isNow, onGo }: LineProps) {
    const [isOpen, setOpen] = useState(false)
    const item = useRef<HTMLLIElement>(null)
    useEffect(() => {
      if (isNow) item.current?.scrollIntoView({ block: 'nearest' })
    }, [isNow])
    const traces = tracesOf(line.detail)
    return (
      <li ref={item} className={classes['line']} data-kind={line.kind} data-later={isLater} data-now={isNow}>
        <button type="button" className={classes['when']} onClick={onGo} title={date}>
          {when}
        </button>
        <div>
          {name === null ? null : (
            <>
              <span className={classes['step']}>{name}</span>{' '}
            </>
          )}
          {line.text}
        </div>
        {(line.asks ?? []).length === 0 ? null : (
          <ul className={classes['asks']}>
            {(line.asks ?? []).map((words, index) => (
              <li key={index}>{words}</li>
            ))}
          </ul>
        )}
        {traces.length === 0 ? null : (
          <>
            <button type="button" className={classes['why']} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? t('Hide why') : t('Why?')}
            </button>
            {isOpen
              ? traces.map(({ title, trace }, index) => <TraceView key={index} title={title} trace={trace} />)
              : null}
          </>
        )}
      </li>
    )
  },
  (one, other) =>
    one.line === other.line &&
    one.isLater === other.isLater &&
    one.isNow === other.isNow &&
    one.when === other.when &&
    one.name === other.name,
)
