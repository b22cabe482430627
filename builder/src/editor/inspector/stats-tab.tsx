/** Leads on this step and what became of them. */
import { t } from '../../i18n/t.ts'
import { useKeyed } from '../keyed-store.ts'
import { useMarks } from '../marks.ts'
import classes from './inspector.module.css'

export function StatsTab({ id }: { id: string }) {
  const counts = useKeyed(useMarks().counts, id)
  if (counts === undefined) return <p className={classes['muted']}>{t('No lead has been here yet.')}</p>
  return (
    <dl className={classes['facts']}>
      <dt>{t('Here now')}</dt>
      <dd>{counts.here.toLocaleString()}</dd>
      <dt>{t('Passed')}</dt>
      <dd>{counts.passed.toLocaleString()}</dd>
      <dt>{t('Failed')}</dt>
      <dd>{counts.failed.toLocaleString()}</dd>
      <dt>{t('Waiting for a person')}</dt>
      <dd>{counts.parked.toLocaleString()}</dd>
    </dl>
  )
}
