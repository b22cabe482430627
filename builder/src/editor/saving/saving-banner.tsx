/** What keeps the draft from being saved, and what to do about it. Nothing is asked of whoever has no trouble. */
import { Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatClock } from './clock.ts'
import { CompareDrafts } from './compare-drafts.tsx'
import classes from './saving.module.css'
import { useSaver, useSaving } from './saving-context.tsx'

export function SavingBanner() {
  const { t } = useTranslation()
  const saver = useSaver()
  const state = useSaving((saving) => saving.state)
  const isKept = useSaving((saving) => saving.isKept)
  const [isComparing, { open, close }] = useDisclosure(false)
  if (state.kind === 'unreachable') {
    return (
      <Banner
        text={
          isKept
            ? t('Not saved: Trellis does not answer. Your changes are kept in this browser.')
            : t('Not saved: Trellis does not answer, and this browser keeps nothing. Leave this page open.')
        }
      >
        <Button variant="default" onClick={() => saver.saveNow()}>
          {t('Try now')}
        </Button>
      </Banner>
    )
  }
  if (state.kind === 'refused') {
    return (
      <Banner text={t('Not saved: {{reason}}', { reason: state.message })}>
        <Button variant="default" onClick={() => saver.saveNow()}>
          {t('Try again')}
        </Button>
      </Banner>
    )
  }
  if (state.kind !== 'conflict') return null
  const { theirs } = state
  const time = formatClock(theirs.updatedAt)
  const finish = (choose: () => void) => () => {
    close()
    choose()
  }
  const choices = (
    <>
      <Button onClick={finish(saver.keepMine)}>{t('Keep mine')}</Button>
      <Button variant="default" onClick={finish(saver.takeTheirs)}>
        {t('Take theirs')}
      </Button>
    </>
  )
  return (
    <>
      <Banner
        text={
          theirs.by === null
            ? t('This journey was saved elsewhere at {{time}}, while you had changes of your own. Both are kept.', {
                time,
              })
            : t('{{name}} saved this journey at {{time}}, while you had changes of your own. Both are kept.', {
                name: theirs.by,
                time,
              })
        }
      >
        {choices}
        <Button variant="default" onClick={open}>
          {t('See both')}
        </Button>
      </Banner>
      <CompareDrafts theirs={theirs} isOpen={isComparing} onClose={close}>
        {choices}
      </CompareDrafts>
    </>
  )
}

function Banner({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className={classes['banner']} role="alert">
      <Text fz={13} lh="20px">
        {text}
      </Text>
      <Group gap={8}>{children}</Group>
    </div>
  )
}
