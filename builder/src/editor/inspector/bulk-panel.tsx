/** Several steps: what they are, and what can be done with all of them. */
import { Button, Group, Text } from '@mantine/core'
import { useMemo } from 'react'
import { t } from '../../i18n/t.ts'
import { createCanvasEdits } from '../canvas/canvas-edits.ts'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
import classes from './inspector.module.css'
import { StepEnd } from './step-end.tsx'

export function BulkPanel({ ids }: { ids: readonly string[] }) {
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useEditor((state) => state.isEditable)
  const all = useEditor((state) => state.content.document.graph.nodes)
  const edits = useMemo(() => createCanvasEdits(store, catalogue), [store, catalogue])
  const nodes = all.filter(({ id }) => ids.includes(id))
  const asks = edits.branchesAmong(ids).length > 0
  return (
    <div className={classes['body']}>
      <Text size="sm" fw={600} mb={10}>
        {t('{{count}} steps', { count: nodes.length })}
      </Text>
      {isEditable ? (
        <Group gap={6} mb={12}>
          <Button variant="default" onClick={() => edits.duplicate(ids)}>
            {t('Duplicate')}
          </Button>
          <Button variant="default" onClick={() => edits.toggle(ids)}>
            {nodes.some(({ disabled }) => disabled !== true) ? t('Switch off') : t('Switch on')}
          </Button>
          {/* With a branch among them, the canvas asks which way to keep. */}
          {asks ? null : (
            <Button variant="default" onClick={() => edits.remove(ids)}>
              {t('Delete')}
            </Button>
          )}
        </Group>
      ) : null}
      <div className={classes['ends']}>
        {nodes.map((node) => (
          <StepEnd key={node.id} node={node} />
        ))}
      </div>
    </div>
  )
}
