/** Over the settings of a step that somebody else has open, too: who, and how to edit all the same. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEditor } from '../editor-context.tsx'
import classes from './presence.module.css'
import { initialsOf, useOthers } from './presence.tsx'
import { useStepLock } from './step-lock.tsx'

export function AlsoHere() {
  const { t } = useTranslation()
  const present = useEditor((state) => (state.selection.length === 1 ? state.selection[0] : undefined))
  const here = useOthers().filter(({ step, mode }) => mode === 'edit' && step !== null && step === present)
  const { holder, override } = useStepLock()
  if (here.length === 0) return null
  if (holder !== null) {
    return (
      <div className={classes['here']} role="status">
        <span className={classes['avatar']} aria-hidden>
          {initialsOf(holder.name)}
        </span>
        <span className={classes['words']}>
          {t('{{name}} is editing this step. You can read it; it opens for you when they go on.', {
            name: holder.name,
          })}
        </span>
        <Button size="compact-xs" variant="default" onClick={override}>
          {t('Edit anyway')}
        </Button>
      </div>
    )
  }
  const names = [...new Set(here.filter(({ isSelf }) => !isSelf).map(({ name }) => name))]
  const sentence =
    names.length === 0
      ? t('You have this step open in another window, too.')
      : t('{{names}}: also at this step.', { names: names.join(', ') })
  return (
    <p className={classes['here']} role="status">
      {sentence} {t('Whoever saves second is asked which to keep.')}
    </p>
  )
}
