/** A warning over the settings of a step that somebody else has open, too. Nobody is locked out. */
import { useTranslation } from 'react-i18next'
import { useEditor } from '../editor-context.tsx'
import classes from './presence.module.css'
import { useOthers } from './presence.tsx'

export function AlsoHere() {
  const { t } = useTranslation()
  const present = useEditor((state) => (state.selection.length === 1 ? state.selection[0] : undefined))
  const here = useOthers().filter(({ step, mode }) => mode === 'edit' && step !== null && step === present)
  if (here.length === 0) return null
  const names = here.filter(({ isSelf }) => !isSelf).map(({ name }) => name)
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
