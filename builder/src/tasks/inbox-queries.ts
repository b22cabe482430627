/** What the inbox reads and does. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { addCue, addNote, listCues } from '#server/contract/notes.ts'
import { listPeople, listQueues } from '#server/contract/people.ts'
import {
  claimTask,
  completeTask,
  countTasks,
  getTask,
  listTasks,
  reassignTask,
  releaseTask,
  snoozeTask,
  takeNextTask,
  undoOutcome,
  type TaskView,
} from '#server/contract/tasks.ts'
import { call } from '../api/client.ts'
import { useLive } from '../api/live.ts'

export function usePeople() {
  return useQuery({
    queryKey: ['people'],
    queryFn: ({ signal }) => call(listPeople, {}, signal),
    staleTime: 30_000,
  })
}

export function useQueues() {
  return useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => call(listQueues, {}, signal),
    staleTime: 30_000,
  })
}

export function useCues() {
  return useQuery({ queryKey: ['cues'], queryFn: ({ signal }) => call(listCues, {}, signal), staleTime: 60_000 })
}

/** One view of the inbox, or what is closed, for a person or for everybody. */
export function useInbox(view: TaskView | 'closed', person: string | null) {
  return useInfiniteQuery({
    queryKey: ['tasks', 'inbox', view, person],
    queryFn: ({ pageParam, signal }) =>
      call(
        listTasks,
        {
          query: {
            ...(view === 'closed' ? { status: 'done' as const } : { view }),
            person: person ?? undefined,
            limit: 50,
            cursor: pageParam,
          },
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
}

export function useTaskCounts(person: string | null) {
  return useQuery({
    queryKey: ['tasks', 'counts', person],
    queryFn: ({ signal }) => call(countTasks, { query: { person: person ?? undefined } }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
}

export function useTask(id: string | null) {
  return useQuery({
    queryKey: ['tasks', 'one', id],
    queryFn: ({ signal }) => call(getTask, { params: { id: id ?? '' } }, signal),
    enabled: id !== null,
    refetchInterval: 30_000,
  })
}

/** Reads the inbox again as soon as the stream says that a task changed. */
export function useTaskStream(): void {
  const client = useQueryClient()
  const changedAt = useLive().live?.tasksChangedAt
  useEffect(() => {
    if (changedAt !== undefined && changedAt !== null) void client.invalidateQueries({ queryKey: ['tasks'] })
  }, [client, changedAt])
}

/** What a person does with a task. `person` is who, when nobody is signed in. */
export type TaskAction =
  | { do: 'claim' | 'release' | 'undo' }
  | { do: 'snooze'; until: string | null; reason?: string }
  | { do: 'reassign'; to?: string; reason?: string }
  | { do: 'outcome'; outcome: string; note: string }

/** Seconds in which an outcome can be taken back. */
export const undoSeconds = 5

export function useTaskAction(person: string | null) {
  const client = useQueryClient()
  const by = person === null ? {} : { person }
  return useMutation({
    mutationFn: async ({ id, action }: { id: string; action: TaskAction }): Promise<{ warning: string | null }> => {
      const params = { id }
      switch (action.do) {
        case 'claim':
          await call(claimTask, { params, body: by })
          break
        case 'release':
          await call(releaseTask, { params, body: by })
          break
        case 'undo':
          await call(undoOutcome, { params })
          break
        case 'snooze': {
          const { until, reason } = action
          await call(snoozeTask, { params, body: { ...by, until, ...(reason === undefined ? {} : { reason }) } })
          break
        }
        case 'reassign': {
          const { to, reason } = action
          const body = { ...by, ...(to === undefined ? {} : { to }), ...(reason === undefined ? {} : { reason }) }
          await call(reassignTask, { params, body })
          break
        }
        case 'outcome': {
          const { outcome, note } = action
          const body = { ...by, outcome, undoSeconds, ...(note === '' ? {} : { note }) }
          const { warning } = await call(completeTask, { params, body })
          return { warning }
        }
      }
      return { warning: null }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
}

export function useTakeNext(person: string | null) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (queue: string) =>
      call(takeNextTask, { params: { key: queue }, body: person === null ? {} : { person } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
}

/** A note on a lead, or a cue with its day. */
export function useNote(leadId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ body, cue, date }: { body: string; cue: string | null; date: string }): Promise<void> => {
      const params = { id: leadId }
      if (cue === null) await call(addNote, { params, body: { body } })
      else await call(addCue, { params, body: { cue, body, ...(date === '' ? {} : { date }) } })
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks', 'one'] }),
  })
}
