/** What the segment screens read and write. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Segment } from '#engine/library.ts'
import { deleteSegment, getSegment, listSegments, putSegment } from '#server/contract/segments.ts'
import { call } from '../api/client.ts'

export function useSegments() {
  return useQuery({ queryKey: ['segments'], queryFn: ({ signal }) => call(listSegments, {}, signal) })
}

export function useSegment(key: string | null) {
  return useQuery({
    queryKey: ['segments', key],
    queryFn: ({ signal }) => call(getSegment, { params: { key: key ?? '' } }, signal),
    enabled: key !== null,
    // What is being written is not replaced while it is written.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
  })
}

/** Names and rules of segments are read in many places; all of them are told. */
function useTellAll() {
  const client = useQueryClient()
  return () =>
    Promise.all(
      [['segments'], ['library'], ['rule-vocabulary'], ['rule-match']].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    )
}

export function useSaveSegment() {
  const onSuccess = useTellAll()
  return useMutation({
    mutationFn: (segment: Segment) => call(putSegment, { params: { key: segment.key }, body: segment }),
    onSuccess,
  })
}

export function useDeleteSegment() {
  const onSuccess = useTellAll()
  return useMutation({ mutationFn: (key: string) => call(deleteSegment, { params: { key } }), onSuccess })
}
