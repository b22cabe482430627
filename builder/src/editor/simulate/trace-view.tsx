/** A rule with what it saw: "score is at least 50: 37 ✗". */
import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import { t } from '../../i18n/t.ts'
import classes from './simulate.module.css'

export function TraceView({ title, trace }: { title: string | null; trace: RuleTrace }) {
  return (
    <ul className={classes['trace']}>
      <Node trace={trace} title={title} />
    </ul>
  )
}

function Node({ trace, title = null }: { trace: RuleTrace; title?: string | null }) {
  const { sentence, value, saw, children = [] } = trace
  return (
    <li>
      <span className={classes['mark']} data-true={value} aria-label={value ? t('true') : t('not true')}>
        {value ? '✓' : '✗'}
      </span>
      {title === null ? null : <strong>{title}: </strong>}
      {sentence}
      {saw === undefined ? null : (
        <span className={classes['saw']}> ({t('it is {{value}}', { value: show(saw) })})</span>
      )}
      {children.length === 0 ? null : (
        <ul>
          {children.map((child, index) => (
            <Node key={index} trace={child} />
          ))}
        </ul>
      )}
    </li>
  )
}

function show(value: unknown): string {
  if (value === null || value === '') return t('not known')
  return Array.isArray(value)
    ? value.join(', ')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value as string | number)
}
