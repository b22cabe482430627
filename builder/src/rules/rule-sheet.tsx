/** The rule editor in a sheet at the side: what is written counts when it is saved. */
import { Button, Drawer, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { Rule } from '#engine/conditions/schema.ts'
import { useLibrary, useVocabulary } from '../forms/sources.ts'
import { t } from '../i18n/t.ts'
import { Failure, Loading } from '../ui/states.tsx'
import { RuleEditor, type RuleState } from './rule-editor.tsx'
import classes from './rules.module.css'
import type { MatchQuestion } from './use-match.ts'

export interface RuleSheetProps {
  title: string
  value: Rule | null
  onSave: (rule: Rule) => void
  onClose: () => void
  isReadOnly?: boolean
  about?: Omit<MatchQuestion, 'rule'>
}

export default function RuleSheet({ title, value, onSave, onClose, isReadOnly = false, about }: RuleSheetProps) {
  const library = useLibrary()
  const vocabulary = useVocabulary()
  const [state, setState] = useState<RuleState>({ rule: value, isWhole: value !== null })
  const [isAsking, setAsking] = useState(false)
  const failed = library.error ?? vocabulary.error
  const isChanged = JSON.stringify(state.rule) !== JSON.stringify(value)
  const save = () => {
    if (state.rule === null || !state.isWhole || isReadOnly) return
    onSave(state.rule)
    onClose()
  }
  // What was written is not thrown away by a stray Escape.
  const close = () => (isChanged && !isReadOnly ? setAsking(true) : onClose())
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={720}
      title={title}
      styles={{
        content: { display: 'flex', flexDirection: 'column' },
        body: { flex: 1, display: 'flex', flexDirection: 'column', gap: 16 },
      }}
      closeButtonProps={{ 'aria-label': t('Close') }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
      }}
    >
      {library.data !== undefined && vocabulary.data !== undefined ? (
        <RuleEditor
          initial={value}
          onChange={setState}
          library={library.data.library}
          vocabulary={vocabulary.data}
          isReadOnly={isReadOnly}
          {...(about === undefined ? {} : { about })}
        />
      ) : failed !== null ? (
        <Failure error={failed} onRetry={() => void Promise.all([library.refetch(), vocabulary.refetch()])} />
      ) : (
        <Loading rows={6} height={36} />
      )}
      <div className={classes['foot']}>
        {isAsking ? (
          <>
            <Text size="sm">{t('Leave without saving?')}</Text>
            <Group gap={8} wrap="nowrap">
              <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
                {t('Keep editing')}
              </Button>
              <Button color="red" variant="outline" onClick={onClose}>
                {t('Leave')}
              </Button>
            </Group>
          </>
        ) : (
          <>
            <Text size="xs" c="dimmed">
              {isReadOnly || state.isWhole ? '' : t('Finish or remove what is not finished yet.')}
            </Text>
            <Group gap={8} wrap="nowrap">
              <Button variant="default" onClick={onClose}>
                {isReadOnly ? t('Close') : t('Cancel')}
              </Button>
              {isReadOnly ? null : (
                <Button onClick={save} disabled={!state.isWhole}>
                  {t('Save')}
                </Button>
              )}
            </Group>
          </>
        )}
      </div>
    </Drawer>
  )
}
