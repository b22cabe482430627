import { VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ToldStep } from '#engine/drawing/tell.ts'
import { categoryLooks } from '../ui/step-look.ts'
import classes from './preview.module.css'
import { wayWords } from './way-words.ts'

/** A journey's steps as a list, numbered, so that its branches can be followed. */
export function StepsInWords({ steps }: { steps: readonly ToldStep[] }) {
  const { t } = useTranslation()
  return (
    <ol className={classes['steps']}>
      {steps.map(({ number, id, title, summary, category, isOff, ways }) => (
        <li key={id} className={`${classes['step'] ?? ''} ${isOff ? (classes['off'] ?? '') : ''}`}>
          <span className={classes['number']} style={{ background: categoryLooks[category].color }} aria-hidden="true">
            {number}
          </span>
          <span>
            <VisuallyHidden>{`${String(number)}. ${categoryLooks[category].word}: `}</VisuallyHidden>
            <strong>{title}</strong>
            {isOff ? ` (${t('switched off: leads pass through')})` : ''}
          </span>
          <ul className={classes['more']}>
            {summary === '' || summary === title ? null : <li>{summary}</li>}
            {ways.map((way) => (
              <li key={`${way.label ?? ''} ${String(way.to?.number)}`}>{wayWords(way)}</li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  )
}
