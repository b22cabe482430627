/** The number of the newest version there is: a roll back leaves the live one behind it. */
import { useEditor } from '../editor-context.tsx'
import { useHistory } from './publish-queries.ts'

/** Null until it is known, and when nothing was published yet. */
export function useSeenVersion(): number | null {
  const journey = useEditor((state) => state.journey.id)
  return useHistory(journey).data?.versions[0]?.version ?? null
}
