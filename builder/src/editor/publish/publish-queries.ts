/** What publishing reads and does. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Graph } from '#engine/graph/schema.ts'
import { publishJourney, restoreJourneyVersion } from '#server/contract/drafts.ts'
import { getJourney } from '#server/contract/journeys.ts'
import {
  cancelMove,
  cancelPublication,
  getJourneyHistory,
  planPublish,
  schedulePublication,
} from '#server/contract/publishing.ts'
import type { CallOf, ResultOf } from '#server/contract/route.ts'
import { listTestCases, runTestCases } from '#server/contract/rehearsals.ts'
import { ApiError, call } from '../../api/client.ts'

export type Plan = ResultOf<typeof planPublish>
export type History = ResultOf<typeof getJourneyHistory>
type PublishBody = CallOf<typeof publishJourney>['body']
type ScheduleBody = CallOf<typeof schedulePublication>['body']

/** The plan of the saved draft at a revision, or of an older version; null asks nothing (the draft is being saved). */
export function usePlan(journey: string, source: { revision: number; version: number | null } | null) {
  return useQuery({
    queryKey: ['publish-plan', journey, source],
    queryFn: ({ signal }) =>
      call(
        planPublish,
        {
          params: { journey },
          // The test cases are played apart from it: everything else is to be read meanwhile.
          body: { tests: false, ...(source === null || source.version === null ? {} : { version: source.version }) },
        },
        signal,
      ),
    enabled: source !== null,
    // What was looked at stays in sight until somebody looks again.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    gcTime: 0,
  })
}

type TestResult = ResultOf<typeof runTestCases>['items'][number]

export interface PlayedTests {
  /** Null until all have been played. */
  results: TestResult[] | null
  done: number
  all: number
  error: Error | null
  retry: () => void
}

const casesAtOnce = 20

/** Plays the journey's test cases on the saved draft, or on a graph; null plays nothing. */
export function useTestCases(
  journey: string,
  source: { revision: number; version: number | null; graph?: Graph } | null,
): PlayedTests {
  const [{ done, all }, setProgress] = useState({ done: 0, all: 0 })
  const { data, error, refetch } = useQuery({
    queryKey: ['publish-tests', journey, source?.revision, source?.version],
    queryFn: async ({ signal }) => {
      const { items } = await call(listTestCases, { params: { journey } }, signal)
      const results: TestResult[] = []
      for (let from = 0; from < items.length; from += casesAtOnce) {
        setProgress({ done: from, all: items.length })
        const only = items.slice(from, from + casesAtOnce).map(({ id }) => id)
        const body = { only, ...(source?.graph === undefined ? {} : { graph: source.graph }) }
        results.push(...(await call(runTestCases, { params: { journey }, body }, signal)).items)
      }
      return results
    },
    enabled: source !== null,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    gcTime: 0,
  })
  return { results: data ?? null, done, all, error, retry: () => void refetch() }
}

/** A published version, drawn; versions never change. */
export function useVersion(journey: string, version: number | null) {
  return useQuery({
    queryKey: ['journey-version', journey, version],
    queryFn: ({ signal }) =>
      call(getJourney, { params: { journey }, query: version === null ? {} : { version } }, signal),
    enabled: version !== null,
    staleTime: Infinity,
  })
}

/** Read again every second while leads are being moved, else now and then. */
export function useHistory(journey: string, enabled = true) {
  return useQuery({
    queryKey: ['journey-history', journey],
    queryFn: ({ signal }) => call(getJourneyHistory, { params: { journey } }, signal),
    enabled,
    refetchInterval: ({ state }) =>
      state.data?.moves.some(({ status }) => status === 'running' || status === 'stopping') === true ? 1000 : 15_000,
  })
}

/** What a publish makes old is read again; nobody waits for that. */
function useForget(journey: string): () => void {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: ['journey-history', journey] })
    void client.invalidateQueries({ queryKey: ['journeys'] })
  }
}

/** A write whose answer did not come: it may have been done all the same, and may be asked again under its key. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  const { problem } = error
  return problem === null || problem.status >= 502 || problem.code === 'IDEMPOTENCY_KEY_IN_USE'
}

const askedAgain = {
  retry: (failures: number, error: Error) => failures < 3 && isUnanswered(error),
  retryDelay: (failures: number) => 1000 * 2 ** failures,
  // Without a network it fails and says so: nothing goes live minutes later, when nobody looks.
  networkMode: 'always' as const,
}

/** @param idempotencyKey one for each opened sheet. */
export function usePublish(journey: string, idempotencyKey: string) {
  const forget = useForget(journey)
  return useMutation({
    mutationFn: (body: PublishBody) => call(publishJourney, { params: { journey }, body, headers: {}, idempotencyKey }),
    onSuccess: forget,
    ...askedAgain,
  })
}

/** @param idempotencyKey one for each opened sheet. */
export function useSchedule(journey: string, idempotencyKey: string) {
  const forget = useForget(journey)
  return useMutation({
    mutationFn: (body: ScheduleBody) => call(schedulePublication, { params: { journey }, body, idempotencyKey }),
    onSuccess: forget,
    ...askedAgain,
  })
}

export function useCallOff(journey: string) {
  const forget = useForget(journey)
  return useMutation({
    mutationFn: (id: string) => call(cancelPublication, { params: { journey, id } }),
    onSettled: forget,
  })
}

export function useStopMove(journey: string) {
  const forget = useForget(journey)
  return useMutation({
    mutationFn: (id: string) => call(cancelMove, { params: { journey, id } }),
    onSettled: forget,
  })
}

export function useRestore(journey: string) {
  const forget = useForget(journey)
  return useMutation({
    mutationFn: ({ version, baseRevision }: { version: number; baseRevision: number }) =>
      call(restoreJourneyVersion, { params: { journey, version }, body: { baseRevision } }),
    onSuccess: forget,
  })
}
