/** What the editor reads and writes. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { getDraft } from '#server/contract/drafts.ts'
import { listSteps } from '#server/contract/steps.ts'
import { call } from '../api/client.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'

/** The draft as it was when the journey was opened; from then on the store has it. */
export function useDraft(journey: string) {
  return useQuery({
    queryKey: ['draft', journey],
    queryFn: ({ signal }) => call(getDraft, { params: { journey } }, signal),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
}

/** The steps of this installation. */
export function useSteps() {
  return useQuery({
    queryKey: ['steps'],
    queryFn: ({ signal }) => call(listSteps, {}, signal),
    staleTime: 60_000,
  })
}

export function useStepCatalogue(): { catalogue: Catalogue | null; error: Error | null; refetch: () => void } {
  const steps = useSteps()
  const items = steps.data?.items
  const catalogue = useMemo(() => (items === undefined ? null : createCatalogue(items)), [items])
  return { catalogue, error: steps.error, refetch: () => void steps.refetch() }
}
