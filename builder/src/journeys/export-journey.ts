/** A journey as a file: to bring in elsewhere, to show, to put into a wiki. */
import { stepLooks } from '#engine/drawing/look.ts'
import { toMermaid } from '#engine/drawing/mermaid.ts'
import { lightColours, renderPicture } from '#engine/drawing/picture.ts'
import { getDraft } from '#server/contract/drafts.ts'
import { listSteps } from '#server/contract/steps.ts'
import { call } from '../api/client.ts'
import { saveFile } from '../ui/download.ts'
import type { ExportKind } from './export-kinds.ts'
import { readJourneyFile } from './journey-board-queries.ts'

/** Saves the draft in the browser's downloads. */
export async function exportJourney(key: string, kind: ExportKind): Promise<void> {
  if (kind === 'json') {
    saveFile(`${key}.json`, await readJourneyFile(key), 'application/json')
    return
  }
  // The catalogue is most of the engine; the list does not carry it about for the one click in a hundred.
  const [{ createCatalogue }, steps, draft] = await Promise.all([
    import('../editor/catalogue.ts'),
    call(listSteps, {}),
    call(getDraft, { params: { journey: key } }),
  ])
  const looks = stepLooks(createCatalogue(steps.items).registry)
  if (kind === 'mermaid') saveFile(`${key}.mmd`, toMermaid(draft, looks), 'text/plain')
  else {
    const picture = renderPicture(draft, looks, { detail: 'full', colours: lightColours, title: draft.name })
    saveFile(`${key}.svg`, picture, 'image/svg+xml')
  }
}
