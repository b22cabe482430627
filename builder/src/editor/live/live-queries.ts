/** What Live reads, and what people do from it. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getJourney, listJourneyVersions } from '#server/contract/journeys.ts'
import {
  controlJourneyPeople,
  getLeadPath,
  listJourneyPeople,
  type PeopleKind,
} from '#server/contract/journey-people.ts'
import { getGoalStatistics, getJourneyStatistics, getStepStatistics } from '#server/contract/journey-statistics.ts'
import type { EnrollmentStatus } from '#engine/vocabulary.ts'
import type { CallOf } from '#server/contract/route.ts'
import { getTestRun, startTestRun, stopTestRun } from '#server/contract/test-runs.ts'
import { call } from '../../api/client.ts'

/** Which visits are meant. */
export interface Scope {
  journey: string
  from: string
  to?: string
  version?: number
  leads: 'real' | 'test'
}

const scopeQuery = ({ from, to, version, leads }: Scope) => ({ from, to, version, leads })

/** Read again by itself; the numbers on the canvas are fresher, by the live channel. */
const refetchMs = 15_000

export function useVersions(journey: string) {
  return useQuery({
    queryKey: ['journey', journey, 'versions'],
    queryFn: ({ signal }) => call(listJourneyVersions, { params: { journey } }, signal),
    refetchInterval: 30_000,
  })
}

/** A published version as it was drawn; never changes, so it is read once. */
export function useVersionDocument(journey: string, version: number | null) {
  return useQuery({
    queryKey: ['journey', journey, 'version', version],
    queryFn: async ({ signal }) => {
      const found = await call(getJourney, { params: { journey }, query: { version: version ?? undefined } }, signal)
      return { graph: found.graph, layout: found.layout }
    },
    enabled: version !== null,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  })
}

/** `only`: of the leads behind this number. */
export function useStatistics(scope: Scope, enabled = true, only: PeopleFilter | null = null) {
  const behind = only === null ? {} : { ...only, port: only.port ?? undefined }
  return useQuery({
    queryKey: ['statistics', scope, only],
    queryFn: ({ signal }) =>
      call(
        getJourneyStatistics,
        { params: { journey: scope.journey }, query: { ...scopeQuery(scope), ...behind } },
        signal,
      ),
    refetchInterval: refetchMs,
    placeholderData: keepPreviousData,
    enabled,
  })
}

export function useStepStatistics(scope: Scope, step: string) {
  return useQuery({
    queryKey: ['statistics', scope, 'step', step],
    queryFn: ({ signal }) =>
      call(getStepStatistics, { params: { journey: scope.journey, step }, query: scopeQuery(scope) }, signal),
    refetchInterval: refetchMs,
  })
}

export function useGoalStatistics(scope: Scope) {
  return useQuery({
    queryKey: ['statistics', scope, 'goals'],
    queryFn: ({ signal }) =>
      call(getGoalStatistics, { params: { journey: scope.journey }, query: scopeQuery(scope) }, signal),
    refetchInterval: refetchMs,
    placeholderData: keepPreviousData,
  })
}

export interface PeopleFilter {
  step: string
  what: PeopleKind
  port: string | null
}

/** What narrows a list beyond its number. */
export interface PeopleNarrowing {
  /** The beginning of a name, an address or a company; empty = everybody. */
  search: string
  status: EnrollmentStatus | null
}

/** Without a step: of the whole journey. */
export function usePeople(
  scope: Scope,
  { step, what, port }: Omit<PeopleFilter, 'step'> & { step: string | null },
  { search, status }: PeopleNarrowing,
) {
  return useInfiniteQuery({
    queryKey: ['people', scope, step, what, port, search, status],
    queryFn: ({ pageParam, signal }) =>
      call(
        listJourneyPeople,
        {
          params: { journey: scope.journey },
          query: {
            ...scopeQuery(scope),
            step: step ?? undefined,
            what,
            port: port ?? undefined,
            search: search === '' ? undefined : search,
            status: status ?? undefined,
            limit: 20,
            cursor: pageParam,
          },
        },
        signal,
      ),
    // While the next letter is looked for, what was found stays.
    placeholderData: (found, query) => (query?.queryKey[2] === step && query.queryKey[3] === what ? found : undefined),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // A search, and the list of a whole journey, look at many more leads than a step's page.
    refetchInterval: search === '' && step !== null ? 5000 : 30_000,
  })
}

export function useLeadPath(journey: string, lead: string | null, enrollment: string | null) {
  return useQuery({
    queryKey: ['path', journey, lead, enrollment],
    queryFn: ({ signal }) =>
      call(
        getLeadPath,
        { params: { id: lead ?? '', journey }, query: { enrollment: enrollment ?? undefined } },
        signal,
      ),
    enabled: lead !== null,
    // The live channel says when to read again; this is for when it cannot.
    refetchInterval: 10_000,
    placeholderData: (before) => (before?.lead.id === lead ? before : undefined),
  })
}

type BulkBody = CallOf<typeof controlJourneyPeople>['body']

/** Asks how many it would reach, or (with `confirm`) does it. */
export function useBulkControl(journey: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: BulkBody) => call(controlJourneyPeople, { params: { journey }, body }),
    onSuccess: ({ requested }) => (requested > 0 ? client.invalidateQueries({ queryKey: ['people'] }) : undefined),
  })
}

export function useStartTestRun(journey: string) {
  return useMutation({
    mutationFn: (body: CallOf<typeof startTestRun>['body']) => call(startTestRun, { params: { journey }, body }),
  })
}

export function useTestRun(id: string | null) {
  return useQuery({
    queryKey: ['test-run', id],
    queryFn: ({ signal }) => call(getTestRun, { params: { id: id ?? '' } }, signal),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data?.finished === true ? false : 1000),
  })
}

export function useStopTestRun() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => call(stopTestRun, { params: { id } }),
    onSettled: (_, __, id) =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['test-run', id] }),
        client.invalidateQueries({ queryKey: ['path'] }),
      ]),
  })
}
