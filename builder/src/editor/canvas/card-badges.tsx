/** The right end of a card: what is wrong with the step, who edits it, how a rehearsed lead fared. */
import {
  IconAlertTriangleFilled,
  IconClock,
  IconNote,
  IconPlayerPause,
  IconSquareRoundedXFilled,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useKeyed } from '../keyed-store.ts'
import { useMarks } from '../marks.ts'
import classes from './card.module.css'

export function CardBadges({ id, isDisabled, hasNotes }: { id: string; isDisabled: boolean; hasNotes: boolean }) {
  const { t } = useTranslation()
  const marks = useMarks()
  const problem = useKeyed(marks.problems, id)
  const presence = useKeyed(marks.presence, id)
  const path = useKeyed(marks.path, id)
  return (
    <div className={classes['badges']}>
      {problem === undefined || problem.errors + problem.warnings === 0 ? null : (
        <span
          className={classes['problem']}
          data-severity={problem.errors > 0 ? 'error' : 'warning'}
          title={problem.message}
          aria-label={t('{{count}} problems', { count: problem.errors + problem.warnings })}
        >
          <IconAlertTriangleFilled size={11} aria-hidden />
          {problem.errors + problem.warnings}
        </span>
      )}
      {path?.isFailed === true ? (
        <IconSquareRoundedXFilled size={16} className={classes['failed'] ?? ''} aria-label={t('Failed here')} />
      ) : path?.isCurrent === true ? (
        <IconClock size={16} className={classes['waiting'] ?? ''} aria-label={t('Waits here')} />
      ) : null}
      {path?.label === undefined ? null : <span className={classes['when']}>{path.label}</span>}
      {isDisabled ? <IconPlayerPause size={14} aria-label={t('Switched off')} /> : null}
      {hasNotes ? <IconNote size={14} aria-label={t('Has notes')} /> : null}
      {(presence?.people ?? []).slice(0, 3).map(({ id: person, name, colour }) => (
        <span key={person} className={classes['person']} style={{ background: colour }} title={name}>
          {name.slice(0, 1)}
        </span>
      ))}
    </div>
  )
}
