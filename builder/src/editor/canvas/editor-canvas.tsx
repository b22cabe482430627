/** The drawing of the open journey. */
import { useDocument } from '../editor-context.tsx'

export function EditorCanvas() {
  const { graph } = useDocument()
  return (
    <div role="region" aria-label="Canvas">
      {graph.nodes.length}
    </div>
  )
}
