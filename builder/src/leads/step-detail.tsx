import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import type { Json } from '#engine/facts.ts'
import classes from './leads.module.css'
import { t } from '../i18n/t.ts'

/** The facts behind a decision, folded: for a rule, each condition with ✓ or ✗ and what it saw. */
export function StepDetail({ detail }: { detail: Json }) {
  const traces = findTraces(detail)
  if (traces.length === 0) return null
  return (
    <details className={classes['trace']}>
      <summary>{t('What was looked at')}</summary>
      <ul>
        {traces.map((trace, index) => (
          <Trace key={index} trace={trace} />
        ))}
      </ul>
    </details>
  )
}

function Trace({ trace }: { trace: RuleTrace }) {
  return (
    <li>
      {trace.value ? '✓' : '✗'} {trace.sentence}
      {trace.saw === undefined ? '' : ` (${trace.saw === null ? 'not known' : JSON.stringify(trace.saw)})`}
      {trace.children === undefined ? null : (
        <ul>
          {trace.children.map((child, index) => (
            <Trace key={index} trace={child} />
          ))}
        </ul>
      )}
    </li>
  )
}

/** Traces anywhere in what a step recorded; steps nest them as they see fit. */
function findTraces(value: Json): RuleTrace[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(findTraces)
  if (typeof value['sentence'] === 'string' && typeof value['value'] === 'boolean')
    return [value as unknown as RuleTrace]
  return Object.values(value).flatMap(findTraces)
}
