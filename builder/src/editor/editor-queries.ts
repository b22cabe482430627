/** What the editor reads and writes. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { getDraft } from '#server/contract/drafts.ts'
import { listSteps } from '#server/contract/steps.ts'
import { call } from '../api/client.ts'
import { useLive } from '../api/live.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'
import { sayManifest } from '../i18n/say-schema.ts'
import { t } from '../i18n/t.ts'

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

/** The steps of this installation; read again when the stream tells that an engineer has changed one. */
export function useSteps() {
  const told = useLive().live?.stepsRevision
  const steps = useQuery({
    queryKey: ['steps'],
    queryFn: ({ signal }) => call(listSteps, {}, signal),
    staleTime: 60_000,
  })
  const { data, refetch } = steps
  const isOld = data !== undefined && told !== undefined && told !== data.revision
  useEffect(() => {
    if (isOld) void refetch()
  }, [isOld, told, refetch])
  return steps
}

export function useStepCatalogue(): { catalogue: Catalogue | null; error: Error | null; refetch: () => void } {
  const steps = useSteps()
  const items = steps.data?.items
  const catalogue = useMemo(
    () =>
      items === undefined
        ? null
        : createCatalogue(
            items.map((one) => sayManifest(one, (text) => t(text))),
            (text) => t(text),
          ),
    [items],
  )
  return { catalogue, error: steps.error, refetch: () => void steps.refetch() }
}
