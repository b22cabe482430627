/** What belongs to editing and is seen only when it is used. */
import { Clipboard } from './clipboard/clipboard.tsx'
import { ContextMenu } from './menu/context-menu.tsx'
import { SearchInJourney } from './search/search-bar.tsx'

/** Lies over the canvas. */
export function EditingParts() {
  return (
    <>
      <SearchInJourney />
      <Clipboard />
      <ContextMenu />
    </>
  )
}
