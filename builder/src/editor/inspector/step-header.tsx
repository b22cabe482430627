/** Tile, name, id and what else can be done with a step. */
import { ActionIcon, Menu, TextInput, Tooltip, UnstyledButton } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy, IconDots } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { GraphNode } from '#engine/graph/schema.ts'
import { useTyped } from '../../forms/form-context.tsx'
import { t } from '../../i18n/t.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { createCanvasEdits } from '../canvas/canvas-edits.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { useIsStepEditable } from '../presence/step-lock.tsx'
import { AboutStep } from './about-step.tsx'
import classes from './inspector.module.css'
import { ReplaceStep } from './replace-step.tsx'

export function StepHeader({ node }: { node: GraphNode }) {
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useIsStepEditable()
  const edits = useMemo(() => createCanvasEdits(store, catalogue), [store, catalogue])
  const title = catalogue.manifest(node.type)?.title ?? node.type
  const typed = useTyped(node.name ?? '', (name) => edits.rename(node.id, name))
  const id = useClipboard({ timeout: 1500 })
  const config = useClipboard({ timeout: 1500 })
  const [open, setOpen] = useState<'about' | 'replace' | null>(null)
  return (
    <div className={classes['header']}>
      <StepTile category={catalogue.categoryOf(node)} icon={catalogue.iconOf(node)} />
      <div className={classes['titles']}>
        <TextInput
          size="xs"
          variant="unstyled"
          classNames={{ input: classes['nameInput'] ?? '' }}
          aria-label={t('Name of the step')}
          placeholder={title}
          maxLength={200}
          readOnly={!isEditable}
          value={typed.value}
          onFocus={typed.onFocus}
          onBlur={typed.onBlur}
          onChange={({ currentTarget }) => typed.onText(currentTarget.value)}
        />
        <Tooltip label={id.copied ? t('Copied') : t('Copy the id of this step')}>
          <UnstyledButton className={classes['id']} onClick={() => id.copy(node.id)}>
            {node.name === undefined ? '' : `${title} · `}
            {node.id}
            {id.copied ? <IconCheck size={11} /> : <IconCopy size={11} />}
          </UnstyledButton>
        </Tooltip>
      </div>
      <Menu position="bottom-end" width={220} withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('More for this step')}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isEditable && node.type !== 'entry' ? (
            <>
              <Menu.Item onClick={() => edits.duplicate([node.id])}>{t('Duplicate')}</Menu.Item>
              <Menu.Item onClick={() => edits.toggle([node.id])}>
                {node.disabled === true ? t('Switch on') : t('Switch off')}
              </Menu.Item>
              <Menu.Item onClick={() => setOpen('replace')}>{t('Replace by…')}</Menu.Item>
              <Menu.Divider />
            </>
          ) : null}
          <Menu.Item closeMenuOnClick={false} onClick={() => config.copy(JSON.stringify(node.config, null, 2))}>
            {config.copied ? t('Copied') : t('Copy settings as JSON')}
          </Menu.Item>
          <Menu.Item onClick={() => setOpen('about')}>{t('What this step does')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'about' ? <AboutStep type={node.type} onClose={() => setOpen(null)} /> : null}
      {open === 'replace' ? <ReplaceStep node={node} onClose={() => setOpen(null)} /> : null}
    </div>
  )
}
