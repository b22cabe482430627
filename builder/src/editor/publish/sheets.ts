/** Sheets over the editor, by the address: `?sheet=publish`, `?sheet=history`, `?compare=3..7`. What is under them stays. */
import { goTo } from '../../ui/route.tsx'

const own = ['sheet', 'when', 'rollback', 'compare'] as const
export type SheetParameters = Partial<Record<(typeof own)[number], string>>

/** The address with that sheet open, and no other; with `{}`, what was under it. */
export function addressOfSheet(from: URL, parameters: SheetParameters): string {
  const address = new URL(from)
  for (const name of own) address.searchParams.delete(name)
  if (isOldSheet(address.searchParams.get('view'))) address.searchParams.delete('view')
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  return `${address.pathname}${address.search}`
}

/** Which of the two is open. */
export function shownSheet(parameters: URLSearchParams): string | null {
  const view = parameters.get('view')
  return isOldSheet(view) ? view : parameters.get('sheet')
}

/** `?view=history`, in notices that were sent and bookmarks. */
function isOldSheet(view: string | null): boolean {
  return view === 'publish' || view === 'history'
}

export function openSheet(parameters: SheetParameters): void {
  goTo(addressOfSheet(new URL(location.href), parameters))
}

export const closeSheet = (): void => openSheet({})
