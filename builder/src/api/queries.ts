/** What screens read, each under one key. What changes by itself is read again in the background. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getDelivery, listDeliveries } from '#server/contract/deliveries.ts'
import { controlEnrollment, listEnrollments, type ControlBody } from '#server/contract/enrollments.ts'
import { listJourneys } from '#server/contract/journeys.ts'
import { getLead, listLeads } from '#server/contract/leads.ts'
import { getStatus } from '#server/contract/status.ts'
import { completeTask, listTasks } from '#server/contract/tasks.ts'
import { getLeadTimeline } from '#server/contract/timeline.ts'
import type { EnrollmentStatus, TaskStatus } from '#engine/vocabulary.ts'
import { call } from './client.ts'

export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => call(getStatus, {}, signal),
    refetchInterval: 5000,
  })
}

export function useJourneys() {
  return useQuery({
    queryKey: ['journeys'],
    queryFn: ({ signal }) => call(listJourneys, {}, signal),
    refetchInterval: 10_000,
  })
}

/** The newest leads, or those that a search finds; the list shown before stays until the new one is there. */
export function useLeads(search: string) {
  return useInfiniteQuery({
    queryKey: ['leads', search],
    queryFn: ({ pageParam, signal }) =>
      call(listLeads, { query: { limit: 25, search: search || undefined, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export function useLead(id: string) {
  return useQuery({
    queryKey: ['lead', id],
    queryFn: ({ signal }) => call(getLead, { params: { id } }, signal),
    refetchInterval: 10_000,
  })
}

export function useLeadTimeline(id: string) {
  return useInfiniteQuery({
    queryKey: ['lead', id, 'timeline'],
    queryFn: ({ pageParam, signal }) =>
      call(getLeadTimeline, { params: { id }, query: { limit: 30, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 5000,
  })
}

export function useDeliveries() {
  return useInfiniteQuery({
    queryKey: ['deliveries'],
    queryFn: ({ pageParam, signal }) => call(listDeliveries, { query: { limit: 25, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 5000,
  })
}

export function useDelivery(id: string | null) {
  return useQuery({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) => call(getDelivery, { params: { id: id ?? '' } }, signal),
    enabled: id !== null,
  })
}

export function useTasks(status: TaskStatus, limit = 25) {
  return useInfiniteQuery({
    queryKey: ['tasks', status, limit],
    queryFn: ({ pageParam, signal }) => call(listTasks, { query: { status, limit, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 5000,
  })
}

/** Enrollments by where and how they stand: parked ones to be mended, or the leads behind a number. */
export function useEnrollments(filter: { status: EnrollmentStatus; journey?: string; step?: string }, enabled = true) {
  return useInfiniteQuery({
    queryKey: ['enrollments', filter],
    queryFn: ({ pageParam, signal }) =>
      call(listEnrollments, { query: { ...filter, limit: 20, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 5000,
    enabled,
  })
}

export function useCompleteTask() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, outcome, note }: { id: string; outcome: string; note: string }) =>
      call(completeTask, { params: { id }, body: note === '' ? { outcome } : { outcome, note } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
}

export function useControl() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: ControlBody }) => call(controlEnrollment, { params: { id }, body }),
    // The lead's workflow applies it within a second or two; the lists are read again at once and then by interval.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['enrollments'] }),
        client.invalidateQueries({ queryKey: ['lead'] }),
      ]),
  })
}
