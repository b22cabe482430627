/** Reads what people did to the open journey, and reads it again when the journey's stream tells of something new. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { listJourneyActivity } from '#server/contract/journey-activity.ts'
import { call } from '../../api/client.ts'
import { useJourneyEvent } from '../journey-stream.tsx'

/** What is done about leads is not in the stream. */
const refetchMs = 15_000

export function useActivity(journey: string, enabled: boolean) {
  const client = useQueryClient()
  const draft = useJourneyEvent('draft')?.revision
  const version = useJourneyEvent('version')
  const told = `${String(draft)} ${String(version?.liveVersion)} ${String(version?.status)}`
  const before = useRef(told)
  useEffect(() => {
    if (before.current === told) return
    before.current = told
    void client.invalidateQueries({ queryKey: ['journey-activity', journey] })
  }, [client, journey, told])
  return useInfiniteQuery({
    queryKey: ['journey-activity', journey],
    queryFn: ({ pageParam, signal }) =>
      call(listJourneyActivity, { params: { journey }, query: { limit: 30, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled,
    staleTime: 0,
    refetchInterval: refetchMs,
  })
}
