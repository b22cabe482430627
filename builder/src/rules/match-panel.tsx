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
import type { MatchQuestion, useMatch } from './use-match.ts'

export function MatchPanel({
  query,
  isReady,
  places,
  library,
  about,
}: {
  query: ReturnType<typeof useMatch>
  /** False while a condition is not finished: the numbers are those of before. */
  isReady: boolean
  places: readonly Place[]
  library: Library
  /** Whom the rule is counted among: of a case, who gets as far as it. */
  about: Omit<MatchQuestion, 'rule'> | undefined
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
            <MatchCount count={data.left ?? data.matching} {...{ isFetching, isEstimate: data.isEstimate }} />
            <Text size="sm" c="dimmed">
              {sayOf(data, about?.among !== undefined)}
            </Text>
            {data.left === null || data.left === data.matching ? null : (
              <Text size="sm" mt={4}>
                {t('{{more}} more match, but go by a case above.', { more: formatNumber(data.matching - data.left) })}
              </Text>
            )}
            <Population about={about} library={library} />
          </>
        )}
        {error !== null && data !== undefined ? (
          <Text size="xs" c="red" mt={4}>
            {error.message}
          </Text>
        ) : null}
      </div>
      {data === undefined ? null : <WholeWarnings warnings={data.warnings} />}
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

/** How many leads match; a part of them was counted where it is an estimate. */
export function MatchCount({
  count,
  isEstimate,
  isFetching,
}: {
  count: number
  isEstimate: boolean
  isFetching: boolean
}) {
  return (
    <div className={classes['count']} data-testid="matching">
      {isEstimate ? '≈ ' : ''}
      {formatNumber(count)} {isFetching ? <Loader size={12} color="gray" /> : null}
    </div>
  )
}

/** What looks odd about the rule as a whole; the rest stands at its condition. */
export function WholeWarnings({ warnings }: { warnings: Match['warnings'] }) {
  return warnings
    .filter(({ path }) => path.length === 0)
    .map(({ code, message }) => (
      <p key={`${code}${message}`} className={classes['warning']} style={{ flex: 'none' }}>
        {message}
      </p>
    ))
}

type Match = NonNullable<ReturnType<typeof useMatch>['data']>

/** What the number is out of. */
function sayOf({ total, reaching, areTestLeads }: Match, isPart: boolean): string {
  const of = formatNumber(reaching ?? total)
  if (reaching === null && !isPart) {
    return areTestLeads
      ? t('of {{total}} test leads match', { total: of })
      : t('of {{total}} leads match', { total: of })
  }
  return areTestLeads
    ? t('of {{total}} test leads that come here match', { total: of })
    : t('of {{total}} leads that come here match', { total: of })
}

/** Who "comes here", in words. */
function Population({ about, library }: { about: Omit<MatchQuestion, 'rule'> | undefined; library: Library }) {
  const [{ among }, above] = [about ?? {}, about?.above?.length ?? 0]
  if (among === undefined && above === 0) return null
  return (
    <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: 'anywhere' }}>
      {among === undefined
        ? t('Here come leads for whom no case above is true.')
        : above === 0
          ? t('Here come leads of whom this is true: {{rule}}.', { rule: describeRule(among, library) })
          : t('Here come leads of whom this is true, and no case above: {{rule}}.', {
              rule: describeRule(among, library),
            })}
    </Text>
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
