/** Whether what is on the screen is saved: one word in the bar, more on hover; trouble has a banner of its own. */
import { Group, Loader, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { IconCheck, IconCloudOff, IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { formatInstant } from '../../ui/words.ts'
import { useEditor } from '../editor-context.tsx'
import { formatClock } from './clock.ts'
import classes from './saving.module.css'
import { useSaver, useSaving } from './saving-context.tsx'

export function SavedState() {
  const { t } = useTranslation()
  const saver = useSaver()
  const { kind } = useSaving((saving) => saving.state)
  const updatedAt = useEditor((state) => state.saved.updatedAt)
  const revision = useEditor((state) => state.saved.revision)
  const isBusy = kind === 'waiting' || kind === 'saving'
  const words = {
    saved: t('Saved {{time}}', { time: formatClock(updatedAt) }),
    waiting: t('Saving…'),
    saving: t('Saving…'),
    unreachable: t('Not saved'),
    refused: t('Not saved'),
    conflict: t('Not saved'),
  }[kind]
  const more =
    kind === 'saved'
      ? t('Saved {{when}}, as draft {{revision}}. Every change is saved by itself.', {
          when: formatInstant(updatedAt),
          revision,
        })
      : t('Click to save now.')
  const Icon = kind === 'saved' ? IconCheck : kind === 'unreachable' ? IconCloudOff : IconAlertTriangle
  return (
    <Tooltip label={more}>
      <UnstyledButton className={classes['saved'] ?? ''} data-kind={kind} onClick={() => saver.saveNow()}>
        <Group gap={4} wrap="nowrap">
          {isBusy ? <Loader size={12} color="gray" aria-hidden /> : <Icon size={14} aria-hidden />}
          <Text component="span" fz={12} lh="16px" role="status" aria-live="polite">
            {words}
          </Text>
        </Group>
      </UnstyledButton>
    </Tooltip>
  )
}
