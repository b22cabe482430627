/** What the list of journeys reads and does. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { changeJourneyStatus, createJourney, getDraft } from '#server/contract/drafts.ts'
import {
  exportJourneyFile,
  importJourney,
  listJourneyBoard,
  listJourneyTemplates,
  removeJourneyTemplate,
  saveJourneyTemplate,
  tagJourney,
} from '#server/contract/journey-files.ts'
import type { CallOf } from '#server/contract/route.ts'
import { call } from '../api/client.ts'

export function useJourneyBoard() {
  return useQuery({
    queryKey: ['journey-board'],
    queryFn: ({ signal }) => call(listJourneyBoard, {}, signal),
    refetchInterval: 10_000,
  })
}

export function useJourneyTemplates() {
  return useQuery({
    queryKey: ['journey-templates'],
    queryFn: ({ signal }) => call(listJourneyTemplates, {}, signal),
    staleTime: 10_000,
  })
}

/** The gallery is read again afterwards, also when it failed: somebody else may have been quicker. */
function useTemplateChange<Given, Result>(change: (given: Given) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ['journey-templates'] }),
  })
}

export function useSaveTemplate() {
  return useTemplateChange((body: CallOf<typeof saveJourneyTemplate>['body']) => call(saveJourneyTemplate, { body }))
}

export function useRemoveTemplate() {
  return useTemplateChange((id: string) => call(removeJourneyTemplate, { params: { id } }))
}

/** Anything that changes the list; it is read again when that is done. */
function useBoardChange<Given, Result>(change: (given: Given) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ['journey-board'] }),
  })
}

export function useCreateJourney() {
  return useBoardChange((name: string) => call(createJourney, { body: { name } }))
}

export function useImportJourney() {
  return useBoardChange((body: CallOf<typeof importJourney>['body']) => call(importJourney, { body }))
}

/** A copy of the draft, as a draft of its own. */
export function useDuplicateJourney() {
  return useBoardChange(async ({ key, name }: { key: string; name: string }) => {
    const { graph, layout, description } = await call(getDraft, { params: { journey: key } })
    return call(createJourney, { body: { name, description, graph, layout } })
  })
}

export function useJourneyStatus() {
  return useBoardChange(({ keys, ...body }: { keys: readonly string[] } & CallOf<typeof changeJourneyStatus>['body']) =>
    inTurn(keys, (journey) => call(changeJourneyStatus, { params: { journey }, body })),
  )
}

export function useTagJourneys() {
  return useBoardChange((wanted: readonly { key: string; tags: string[] }[]) =>
    inTurn(wanted, ({ key, tags }) => call(tagJourney, { params: { journey: key }, body: { tags } })),
  )
}

/** The journey as a file, in the bytes the CLI writes, too. */
export async function readJourneyFile(journey: string): Promise<string> {
  return `${JSON.stringify(await call(exportJourneyFile, { params: { journey }, query: {} }), null, 2)}\n`
}

/** One after the other; the first that fails ends it, and what was done before stays. */
async function inTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<number> {
  let done = 0
  for (const item of items) {
    await work(item)
    done += 1
  }
  return done
}
