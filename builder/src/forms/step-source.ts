/** The other steps of the open journey, for "Go to". */
import { useMemo } from 'react'
import { useCatalogue, useEditor } from '../editor/editor-context.tsx'
import { useForm } from './form-context.tsx'
import type { Pick } from './sources.ts'

export function useStepSource(): readonly Pick[] {
  const nodes = useEditor((state) => state.content.document.graph.nodes)
  const catalogue = useCatalogue()
  const { step } = useForm()
  return useMemo(
    () =>
      nodes
        .filter(({ id, type }) => id !== step && type !== 'entry')
        .map((node) => ({
          value: node.id,
          label: catalogue.titleOf(node),
          hint: catalogue.summaryOf(node).slice(0, 40),
        })),
    [nodes, catalogue, step],
  )
}
