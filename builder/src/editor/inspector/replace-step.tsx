/** Another kind of step in the same place. */
import { Modal, Stack, TextInput, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { replaceStep } from '#engine/graph/edit.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import { t } from '../../i18n/t.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { searchSteps } from '../canvas/step-search.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import classes from './inspector.module.css'

export function ReplaceStep({ node, onClose }: { node: GraphNode; onClose: () => void }) {
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const [text, setText] = useState('')
  const found = searchSteps(catalogue.manifests, text).filter(({ type }) => type !== 'entry' && type !== node.type)
  const replace = (type: string): void => {
    const title = catalogue.manifest(type)?.title ?? type
    const step = { type, config: catalogue.starterOf(type) }
    store.apply(t('replace “{{step}}” by “{{title}}”', { step: catalogue.titleOf(node), title }), (document) =>
      replaceStep(document, node.id, step, catalogue.portsOf),
    )
    onClose()
  }
  return (
    <Modal opened onClose={onClose} title={t('Replace “{{name}}” by', { name: catalogue.titleOf(node) })} size={440}>
      <Stack gap={8}>
        <TextInput
          size="xs"
          data-autofocus
          aria-label={t('Find a step')}
          placeholder={t('Find a step')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = found
            if (event.key === 'Enter' && text !== '' && first !== undefined) replace(first.type)
          }}
        />
        <p className={classes['muted']}>{t('Its name, its notes and connections of the same name stay.')}</p>
        {found.slice(0, 40).map(({ type, title, description, category, icon }) => (
          <UnstyledButton key={type} className={classes['end']} onClick={() => replace(type)}>
            <StepTile category={category} icon={icon} />
            <span>
              <span style={{ fontWeight: 600 }}>{title}</span>
              <br />
              <span className={classes['muted']}>{description}</span>
            </span>
          </UnstyledButton>
        ))}
      </Stack>
    </Modal>
  )
}
