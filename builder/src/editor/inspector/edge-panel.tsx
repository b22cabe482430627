/** A connection: where it comes from, where it goes, and what can be done with it. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { IconArrowDown, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMemo } from 'react'
import { edgeFrom, findNode } from '#engine/graph/document.ts'
import { t } from '../../i18n/t.ts'
import { canvasBridge } from '../canvas/canvas-bridge.ts'
import { createCanvasEdits } from '../canvas/canvas-edits.ts'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
import type { EdgeSelection } from '../store.ts'
import classes from './inspector.module.css'
import { StepEnd } from './step-end.tsx'

export function EdgePanel({ edge }: { edge: EdgeSelection }) {
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useEditor((state) => state.isEditable)
  const document = useEditor((state) => state.content.document)
  const edits = useMemo(() => createCanvasEdits(store, catalogue), [store, catalogue])
  const from = findNode(document, edge.from)
  const to = findNode(document, edgeFrom(document, edge.from, edge.port)?.to ?? '')
  if (from === undefined || to === undefined) return null
  const way = catalogue.portsOf(from).find(({ id }) => id === edge.port)
  return (
    <div className={classes['body']}>
      <Text size="sm" fw={600} mb={10}>
        {t('Connection')}
      </Text>
      <div className={classes['ends']}>
        <StepEnd node={from} />
        <Group gap={6} pl={14} c="dimmed">
          <IconArrowDown size={16} />
          <Text size="xs">
            {way === undefined ? t('A way out that it has no more') : t('by “{{way}}”', { way: way.label })}
          </Text>
        </Group>
        <StepEnd node={to} />
      </div>
      {isEditable ? (
        <Stack gap={8} mt={16} align="flex-start">
          <Button
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={({ currentTarget }) => {
              const box = currentTarget.getBoundingClientRect()
              canvasBridge()?.openQuickAdd({
                screen: { x: box.left - 320, y: box.top },
                target: { kind: 'way', way: edge },
              })
            }}
          >
            {t('Add a step here')}
          </Button>
          <Button variant="default" leftSection={<IconTrash size={14} />} onClick={() => edits.disconnect(edge)}>
            {t('Take the connection away')}
          </Button>
        </Stack>
      ) : null}
    </div>
  )
}
