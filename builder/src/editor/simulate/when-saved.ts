/** What the server samples and keeps goes by the draft it has; so a rehearsal that asks it waits for the newest one. */
import { t } from '../../i18n/t.ts'
import type { Saver } from '../saving/saver.ts'
import { isDirty, type EditorStore } from '../store.ts'

/** Longer than a save takes, shorter than people wait. */
const patienceMs = 10_000

/** Resolves once nothing is unsaved. @throws when that does not come to be. */
export async function whenSaved(editor: EditorStore, saver: Pick<Saver, 'saveNow'>): Promise<void> {
  if (!isDirty(editor.getState())) return
  saver.saveNow()
  await new Promise<void>((resolve, reject) => {
    const stop = editor.subscribe((state) => {
      if (!isDirty(state)) finish(resolve)
    })
    const timer = setTimeout(
      () => finish(() => reject(new Error(t('Your last changes are not saved yet; try again when they are.')))),
      patienceMs,
    )
    const finish = (end: () => void) => {
      clearTimeout(timer)
      stop()
      end()
    }
  })
}
