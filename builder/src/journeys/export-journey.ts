/** A journey as a file: to bring in elsewhere, to show, to put into a wiki. */
import { stepLooks } from '#engine/drawing/look.ts'
import { toMermaid } from '#engine/drawing/mermaid.ts'
import { lightColours, renderPicture } from '#engine/drawing/picture.ts'
import { getDraft } from '#server/contract/drafts.ts'
import { listSteps } from '#server/contract/steps.ts'
import { call } from '../api/client.ts'
import { sayManifest } from '../i18n/say-schema.ts'
import { t } from '../i18n/t.ts'
import { saveFile } from '../ui/download.ts'
import { formatInstant } from '../ui/words.ts'
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
  if (kind === 'page') {
    const { viewerPage } = await import('./viewer-page.ts')
    const said = createCatalogue(
      steps.items.map((one) => sayManifest(one, (text) => t(text))),
      (text) => t(text),
    )
    const made = t('As it was drawn on {{when}}', { when: formatInstant(draft.updatedAt) })
    saveFile(`${key}.html`, viewerPage(draft, said, { language: document.documentElement.lang, made }), 'text/html')
    return
  }
  const looks = stepLooks(createCatalogue(steps.items).registry)
  if (kind === 'mermaid') saveFile(`${key}.mmd`, toMermaid(draft, looks), 'text/plain')
  else {
    const picture = renderPicture(draft, looks, { detail: 'full', colours: lightColours, title: draft.name })
    saveFile(`${key}.svg`, picture, 'image/svg+xml')
  }
}
