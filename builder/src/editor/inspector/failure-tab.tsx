/** What happens when the step does not do what it should: how often it is tried, and where leads go then. */
import { NumberInput, Select, Stack } from '@mantine/core'
import { useMemo } from 'react'
import { setTries } from '#engine/graph/edit.ts'
import type { GraphNode, Tries } from '#engine/graph/schema.ts'
import type { Port } from '#engine/steps/contract.ts'
import { useTyped } from '../../forms/form-context.tsx'
import { t } from '../../i18n/t.ts'
import { createCanvasEdits } from '../canvas/canvas-edits.ts'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
import { useIsStepEditable } from '../presence/step-lock.tsx'
import { describeDuration } from '#engine/schedule/duration.ts'
import classes from './inspector.module.css'

export function FailureTab({ node }: { node: GraphNode }) {
  const catalogue = useCatalogue()
  const manifest = catalogue.manifest(node.type)
  const ports = catalogue.portsOf(node).filter(({ optional }) => optional === true)
  const attempts = manifest?.attempts ?? null
  const sends = ports.some(({ id }) => id === 'skipped')
  return (
    <>
      {attempts === null ? (
        <p className={classes['muted']} style={{ margin: 0 }}>
          {sends
            ? t(
                'It is handed to the mail server or the printer. What is refused for now is tried again for a day; what was not accepted in the end leaves by “Not sent”.',
              )
            : t(
                'It is done by Trellis itself, together with everything else of that moment or not at all. Should that fail, it is tried again; after three times the lead waits for a person, who can retry, skip or take it out.',
              )}
        </p>
      ) : (
        <Attempts node={node} attempts={attempts} />
      )}
      {ports.map((port) => (
        <Way key={port.id} node={node} port={port} />
      ))}
    </>
  )
}

/** How often it is tried and how long one try may take: as the kind of step has it, unless it is written here. */
function Attempts({ node, attempts }: { node: GraphNode; attempts: { maxAttempts: number; timeout: string } }) {
  const store = useEditorStore()
  const isEditable = useIsStepEditable()
  const write = (change: Tries, typing: string) =>
    store.apply(
      t('change how often a step is tried'),
      (document) => setTries(document, node.id, { ...node.tries, ...change }),
      {
        merge: `tries ${node.id} ${typing}`,
      },
    )
  const numberOf = (text: string, most: number) => {
    const number = Math.trunc(Number(text))
    return text === '' || !Number.isFinite(number) ? undefined : Math.min(Math.max(number, 1), most)
  }
  const times = useTyped(String(node.tries?.maxAttempts ?? ''), (text, typing) =>
    write({ maxAttempts: numberOf(text, 100) }, typing),
  )
  const seconds = useTyped(String(node.tries?.timeoutSeconds ?? ''), (text, typing) =>
    write({ timeoutSeconds: numberOf(text, 86_400) }, typing),
  )
  const isOnce = (node.tries?.maxAttempts ?? attempts.maxAttempts) === 1
  return (
    <Stack gap={12} mb={12}>
      <NumberInput
        size="xs"
        label={t('Tries')}
        description={
          isOnce
            ? t('What fails once has failed.')
            : t('After each failure it waits longer: 1 second at first, twice as long each time, 5 minutes at most.')
        }
        allowDecimal={false}
        allowNegative={false}
        min={1}
        max={100}
        placeholder={t('{{times}}, as this kind of step has it', { times: attempts.maxAttempts })}
        readOnly={!isEditable}
        value={times.value}
        onFocus={times.onFocus}
        onBlur={times.onBlur}
        onChange={(next) => times.onText(String(next))}
      />
      <NumberInput
        size="xs"
        label={t('One try may take')}
        description={t('One that takes longer is stopped and counts as failed.')}
        allowDecimal={false}
        allowNegative={false}
        min={1}
        max={86_400}
        suffix={` ${t('seconds')}`}
        placeholder={t('{{duration}}, as this kind of step has it', { duration: describeDuration(attempts.timeout) })}
        readOnly={!isEditable}
        value={seconds.value}
        onFocus={seconds.onFocus}
        onBlur={seconds.onBlur}
        onChange={(next) => seconds.onText(String(next))}
      />
    </Stack>
  )
}

/** What leaving by an unconnected way out means, in words. */
function whenNowhere({ id }: Port): string {
  if (id === 'error') return t('Nowhere: the lead waits for a person')
  if (id === 'skipped') return t('As if it had been sent')
  return t('Nowhere: the journey ends for the lead')
}

function Way({ node, port }: { node: GraphNode; port: Port }) {
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useIsStepEditable()
  const nodes = useEditor((state) => state.content.document.graph.nodes)
  const to = useEditor(
    (state) =>
      state.content.document.graph.edges.find(({ from, port: way }) => from === node.id && way === port.id)?.to ?? null,
  )
  const edits = useMemo(() => createCanvasEdits(store, catalogue), [store, catalogue])
  const targets = nodes.filter(({ id, type }) => type !== 'entry' && id !== node.id)
  return (
    <div className={classes['way']}>
      <Select
        size="xs"
        searchable
        label={port.id === 'error' ? t('When every try has failed') : t('“{{way}}”', { way: port.label })}
        description={port.id === 'skipped' ? t('Not allowed to be sent: no consent, no address, a stop.') : null}
        data={targets.map((target) => ({ value: target.id, label: catalogue.titleOf(target) }))}
        placeholder={whenNowhere(port)}
        readOnly={!isEditable}
        clearable={isEditable}
        clearButtonProps={{ 'aria-label': t('Take the connection away') }}
        value={to}
        onChange={(next) => {
          if (next === null) edits.disconnect({ from: node.id, port: port.id })
          else edits.connect({ from: node.id, port: port.id, to: next })
        }}
      />
    </div>
  )
}
