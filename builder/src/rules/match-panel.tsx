/** The right column of the rule editor: how many leads match, a few of them with the reasons, and what looks odd. */
import { Loader, Text } from '@mantine/core'
import { describeRule } from '#engine/conditions/describe.ts'
import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Json } from '#engine/facts.ts'
import { findField } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { t } from '../i18n/t.ts'
import { formatInstant, formatNumber } from '../ui/words.ts'
import { LeadLink } from '../ui/parts.tsx'
import classes from './rules.module.css'
import type { Place } from './tree.ts'
import type { useMatch } from './use-match.ts'

export function MatchPanel({
  query,
  isReady,
  places,
  library,
}: {
  query: ReturnType<typeof useMatch>
  /** False while a condition is not finished: the numbers are those of before. */
  isReady: boolean
  places: readonly Place[]
  library: Library
}) {
  const { data, error, isFetching } = query
  const isOld = !isReady || isFetching
  return (
    <aside className={classes['match']} aria-label={t('Who matches')}>
      <div aria-live="polite" aria-busy={isFetching} data-old={isOld}>
        {data === undefined ? (
          <Text size="sm" c="dimmed">
            {error !== null ? error.message : isReady ? t('Counting …') : t('Finish a condition to see who matches.')}
          </Text>
        ) : (
          <>
            <div className={classes['count']} data-testid="matching">
              {data.isEstimate ? '≈ ' : ''}
              {formatNumber(data.matching)} {isFetching ? <Loader size={12} color="gray" /> : null}
            </div>
            <Text size="sm" c="dimmed">
              {data.areTestLeads
                ? t('of {{total}} test leads match', { total: formatNumber(data.total) })
                : t('of {{total}} leads match', { total: formatNumber(data.total) })}
            </Text>
            {data.left === null || data.left === data.matching ? null : (
              <Text size="sm" mt={4}>
                {t('{{left}} come this way; the rest goes by a case above.', { left: formatNumber(data.left) })}
              </Text>
            )}
          </>
        )}
        {error !== null && data !== undefined ? (
          <Text size="xs" c="red" mt={4}>
            {error.message}
          </Text>
        ) : null}
      </div>
      {data?.warnings
        .filter(({ path }) => path.length === 0)
        .map(({ code, message }) => (
          <p key={`${code}${message}`} className={classes['warning']} style={{ flex: 'none' }}>
            {message}
          </p>
        ))}
      {data?.sample.map(({ lead, value, trace }) => (
        <div key={lead.id} className={classes['lead']}>
          <Mark value={value} /> <LeadLink lead={lead} />
          {isReady && !isFetching ? (
            <ul className={classes['marks']}>
              {places.map(({ id, path, rule }) => {
                const seen = traceAt(trace, path)
                if (seen === null) return null
                return (
                  <li key={id}>
                    <Mark value={seen.value} />
                    <span>
                      {describeRule(rule, library)}
                      <Saw trace={seen} rule={rule} library={library} />
                    </span>
                  </li>
                )
              })}
            </ul>
          ) : null}
        </div>
      ))}
    </aside>
  )
}

function Mark({ value }: { value: boolean }) {
  return (
    <span className={classes[value ? 'yes' : 'no']} role="img" aria-label={value ? t('true') : t('false')}>
      {value ? '✓' : '✗'}
    </span>
  )
}

/** What the lead has instead, where that says more than the mark. */
function Saw({ trace, rule, library }: { trace: RuleTrace; rule: Rule; library: Library }) {
  // "not" has no fact of its own; the condition below it has.
  const { saw } = trace.saw === undefined && trace.children?.length === 1 ? (trace.children[0] ?? trace) : trace
  if (saw === undefined) return null
  const text = saw === null ? t('not known') : sayFact(saw, rule, library)
  return <span className={classes['saw']}> ({text.length > 60 ? `${text.slice(0, 60)}…` : text})</span>
}

/** Instants are kept as numbers; a person wants the day. */
function sayFact(saw: Json, rule: Rule, library: Library): string {
  const asked = rule.kind === 'not' ? rule.rule : rule
  const type = asked.kind === 'compare' ? findField(asked.field, library)?.type : undefined
  if (typeof saw === 'number' && type === 'datetime') return formatInstant(new Date(saw).toISOString())
  if (typeof saw === 'string') return saw
  return Array.isArray(saw) ? saw.map((part) => sayFact(part, rule, library)).join(', ') : JSON.stringify(saw)
}

/** The reason for one part of the rule. Segments have their own reasons below them, which are not shown here. */
function traceAt(trace: RuleTrace, path: Place['path']): RuleTrace | null {
  let at: RuleTrace | undefined = trace
  for (const step of path) {
    if (step === 'rules') continue
    at = at?.children?.[typeof step === 'number' ? step : 0]
  }
  return at ?? null
}
