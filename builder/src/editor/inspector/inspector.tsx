/** What is selected, to be changed: a step, a connection, several steps, or, when nothing is, the journey itself. */
import { ScrollArea } from '@mantine/core'
import { t } from '../../i18n/t.ts'
import { useEditor } from '../editor-context.tsx'
import { AlsoHere } from '../presence/also-here.tsx'
import { StepLock } from '../presence/step-lock.tsx'
import { BulkPanel } from './bulk-panel.tsx'
import { EdgePanel } from './edge-panel.tsx'
import classes from './inspector.module.css'
import { JourneyPanel } from './journey-panel.tsx'
import { StepPanel } from './step-panel.tsx'
import { useWidth, WidthHandle } from './width.tsx'

export function Inspector() {
  const { width, isOpen, ...sizing } = useWidth()
  if (!isOpen) return null
  return (
    <aside className={classes['inspector']} style={{ width }} data-part="inspector" aria-label={t('Inspector')}>
      <WidthHandle width={width} {...sizing} />
      <ScrollArea className={classes['scroll'] ?? ''} type="auto" scrollbarSize={8} offsetScrollbars={false}>
        <StepLock>
          <AlsoHere />
          <Selected />
        </StepLock>
      </ScrollArea>
    </aside>
  )
}

function Selected() {
  const selection = useEditor((state) => state.selection)
  const edge = useEditor((state) => state.edge)
  const nodes = useEditor((state) => state.content.document.graph.nodes)
  const steps = selection.filter((id) => nodes.some((node) => node.id === id))
  const [only] = steps
  if (edge !== null) return <EdgePanel edge={edge} />
  if (steps.length > 1) return <BulkPanel ids={steps} />
  if (only !== undefined) return <StepPanel key={only} id={only} />
  return <JourneyPanel />
}
