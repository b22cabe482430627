/** What the numbers shown are compared with. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ranges, type LiveView } from './live-view.ts'
import { useStatistics, type PeopleFilter, type Scope } from './live-queries.ts'

const dayMs = 86_400_000

/** The same time, just before; or the same time of another version. Null: with nothing. */
function comparedScope(scope: Scope, { compare, range }: Pick<LiveView, 'compare' | 'range'>): Scope | null {
  if (compare === null) return null
  if (compare !== 'before') return { ...scope, version: compare }
  return { ...scope, from: new Date(Date.parse(scope.from) - ranges[range] * dayMs).toISOString(), to: scope.from }
}

/** The other numbers; null while they are not there, or not asked for. */
export function useCompared(scope: Scope, { compare, range }: LiveView, enabled = true) {
  const other = useMemo(() => comparedScope(scope, { compare, range }), [scope, compare, range])
  const { data } = useStatistics(other ?? scope, enabled && other !== null)
  return other === null ? null : (data ?? null)
}

/** What the two are called, at the head of a column. */
export function useComparedNames({ compare, version }: LiveView): { now: string; then: string } {
  const { t } = useTranslation()
  const now = version === null ? t('Now') : t('v{{version}}', { version })
  return compare === 'before' || compare === null
    ? { now: t('This time'), then: t('Before') }
    : { now, then: t('v{{version}}', { version: compare }) }
}

/** The number whose leads alone are counted; null: all. */
export function onlyOf({ isOnly, step, what, port }: LiveView): PeopleFilter | null {
  return isOnly && step !== null ? { step, what, port } : null
}
