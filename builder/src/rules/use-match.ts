/** Whom a rule means now: asked when the author pauses, and not waited for when the rule changes again. */
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Rule } from '#engine/conditions/schema.ts'
import { matchRule } from '#server/contract/rules.ts'
import { call } from '../api/client.ts'

export interface MatchQuestion {
  rule: Rule
  above?: readonly Rule[] | undefined
  among?: Rule | undefined
  sample?: { matching: number; others: number }
  warnings?: boolean
  byStage?: boolean
}

/** How long the author has to pause before leads are counted. */
const pauseMs = 400

/** Null asks nothing. A question that is no longer wanted is cancelled, on the server, too. */
export function useMatch(question: MatchQuestion | null, delay = pauseMs) {
  const [settled] = useDebouncedValue(question === null ? null : JSON.stringify(question), delay)
  return useQuery({
    queryKey: ['rule-match', settled],
    queryFn: ({ signal }) => {
      const { above, ...rest } = JSON.parse(settled ?? '{}') as MatchQuestion
      return call(matchRule, { body: { ...rest, ...(above === undefined ? {} : { above: [...above] }) } }, signal)
    },
    enabled: settled !== null,
    staleTime: 30_000,
    retry: false,
    placeholderData: keepPreviousData,
  })
}
