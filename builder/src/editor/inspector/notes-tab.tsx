import { Textarea } from '@mantine/core'
import { annotateStep } from '#engine/graph/edit.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import { useTyped } from '../../forms/form-context.tsx'
import { t } from '../../i18n/t.ts'
import { useEditorStore } from '../editor-context.tsx'
import { useIsStepEditable } from '../presence/step-lock.tsx'

/** Words for colleagues, at the step; leads never see them. */
export function NotesTab({ node }: { node: GraphNode }) {
  const store = useEditorStore()
  const isEditable = useIsStepEditable()
  const typed = useTyped(node.notes ?? '', (text, typing) => {
    store.apply(t('write a note at a step'), (document) => annotateStep(document, node.id, text), {
      merge: `notes ${node.id} ${typing}`,
    })
  })
  return (
    <Textarea
      size="xs"
      autosize
      minRows={6}
      maxRows={30}
      maxLength={5000}
      label={t('Notes for colleagues')}
      description={t('Why this step is here, and what to watch out for. Leads never see it.')}
      readOnly={!isEditable}
      value={typed.value}
      onFocus={typed.onFocus}
      onBlur={typed.onBlur}
      onChange={({ currentTarget }) => typed.onText(currentTarget.value)}
    />
  )
}
