/** What happens when the step does not do what it should: how often it is tried, and where leads go then. */
import { Select } from '@mantine/core'
import { useMemo } from 'react'
import type { GraphNode } from '#engine/graph/schema.ts'
import type { Port } from '#engine/steps/contract.ts'
import { t } from '../../i18n/t.ts'
import { createCanvasEdits } from '../canvas/canvas-edits.ts'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
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
        <dl className={classes['facts']}>
          <dt>{t('Tries')}</dt>
          <dd>
            {attempts.maxAttempts === 1
              ? t('Once')
              : t('Up to {{times}} times, with growing pauses from 1 second to 5 minutes', {
                  times: attempts.maxAttempts,
                })}
          </dd>
          <dt>{t('One try')}</dt>
          <dd>{t('May take {{duration}}', { duration: describeDuration(attempts.timeout) })}</dd>
        </dl>
      )}
      {ports.map((port) => (
        <Way key={port.id} node={node} port={port} />
      ))}
    </>
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
  const isEditable = useEditor((state) => state.isEditable)
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
