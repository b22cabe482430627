/** Who else has the journey open, and where they are; a click goes there. */
import { Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Editor } from '#server/contract/journey-stream.ts'
import { canvasView } from '../canvas-view.ts'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import classes from './presence.module.css'
import { initialsOf, useOthers } from './presence.tsx'

const shown = 4

export function PresenceAvatars() {
  const { t } = useTranslation()
  const others = useOthers()
  if (others.length === 0) return null
  const rest = others.slice(shown)
  return (
    <ul className={classes['avatars']} aria-label={t('Also here')}>
      {others.slice(0, shown).map((editor) => (
        <li key={editor.tab}>
          <Avatar editor={editor} />
        </li>
      ))}
      {rest.length > 0 ? (
        <li>
          <Tooltip label={rest.map(({ name }) => name).join(', ')}>
            <span className={classes['avatar']}>+{rest.length}</span>
          </Tooltip>
        </li>
      ) : null}
    </ul>
  )
}

function Avatar({ editor }: { editor: Editor & { isSelf: boolean } }) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const node = useDocument().graph.nodes.find(({ id }) => id === editor.step)
  const who = editor.isSelf ? t('{{name}}, in another window', { name: editor.name }) : editor.name
  const where =
    node === undefined
      ? editor.mode === 'edit'
        ? t('{{who}} edits this journey', { who })
        : t('{{who}} looks at this journey', { who })
      : t('{{who}} is at “{{step}}”', { who, step: catalogue.titleOf(node) })
  return (
    <Tooltip label={where}>
      <UnstyledButton
        className={classes['avatar'] ?? ''}
        data-mode={editor.mode}
        onClick={() => {
          if (node === undefined) return
          store.select([node.id])
          canvasView()?.reveal([node.id])
        }}
      >
        <VisuallyHidden>{where}</VisuallyHidden>
        <span aria-hidden>{initialsOf(editor.name)}</span>
      </UnstyledButton>
    </Tooltip>
  )
}
