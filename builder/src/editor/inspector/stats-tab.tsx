/** Leads on this step and what became of them. */
import { lazy, Suspense } from 'react'
import { Loading } from '../../ui/states.tsx'

// Who draws does not wait for what watching needs.
const InspectorStats = lazy(async () => ({
  default: (await import('../live/inspector-stats.tsx')).InspectorStats,
}))

export function StatsTab({ id }: { id: string }) {
  return (
    <Suspense fallback={<Loading rows={4} />}>
      <InspectorStats key={id} step={id} />
    </Suspense>
  )
}
