/** A step as one line that selects it. */
import { Text, UnstyledButton } from '@mantine/core'
import type { GraphNode } from '#engine/graph/schema.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import classes from './inspector.module.css'

export function StepEnd({ node }: { node: GraphNode }) {
  const store = useEditorStore()
  const catalogue = useCatalogue()
  return (
    <UnstyledButton className={classes['end']} onClick={() => store.select([node.id])}>
      <StepTile category={catalogue.categoryOf(node)} icon={catalogue.iconOf(node)} />
      <span style={{ minWidth: 0 }}>
        <Text size="sm" fw={500} truncate>
          {catalogue.titleOf(node)}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {catalogue.summaryOf(node)}
        </Text>
      </span>
    </UnstyledButton>
  )
}
