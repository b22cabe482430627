/** What copying and pasting do to the document; the clipboard itself is elsewhere. */
import {
  copySettings,
  copySteps,
  parseClip,
  pasteSteps,
  type Clip,
  type SettingsClip,
} from '#engine/graph/clipboard.ts'
import { entryType, findNode, type Point } from '#engine/graph/document.ts'
import { configureStep, removeNotes, removeSteps } from '#engine/graph/edit.ts'
import { announce } from '../../ui/announce.ts'
import { drawnPlaces } from '../canvas/keep-tidy.ts'
import type { Catalogue } from '../catalogue.ts'
import type { EditorStore } from '../store.ts'
import { t } from '../../i18n/t.ts'

/** `say` tells a screen reader. */
export function createClipboardEdits(
  store: EditorStore,
  catalogue: Catalogue,
  say: (sentence: string) => void = announce,
) {
  const present = () => store.getState().content.document
  const selection = () => store.getState().selection
  const clipNow = (): Clip | null => {
    const document = present()
    const positions = { ...document.layout.positions, ...drawnPlaces(document, catalogue) }
    return copySteps({ ...document, layout: { ...document.layout, positions } }, selection())
  }

  const pasteClip = (clip: Clip, at: Point): string | null => {
    let ids: string[] = []
    const done = store.apply(t('paste {{count_of}}', { count_of: countOf(clip) }), (document) => {
      const pasted = pasteSteps(document, clip, at, (node) => catalogue.jumpsOf(node))
      ids = pasted.ids
      return pasted.document
    })
    if (!done) return t('There is nothing to paste.')
    store.select(ids)
    say(t('{{count_of}} pasted', { count_of: countOf(clip) }))
    return null
  }

  const pasteSettings = ({ type, config }: Pick<SettingsClip, 'type' | 'config'>): string | null => {
    const title = catalogue.manifest(type)?.title ?? type
    const ids = selection().filter((id) => findNode(present(), id)?.type === type)
    if (ids.length === 0)
      return t('These are the settings of “{{title}}”. Select a step of that kind first.', { title })
    const done = store.apply(t('paste settings into {{steps}}', { steps: steps(ids.length) }), (document) =>
      ids.reduce(
        (next, id) => configureStep(next, id, structuredClone(config), (node) => catalogue.portsOf(node)),
        document,
      ),
    )
    say(done ? t('Settings pasted into {{steps}}', { steps: steps(ids.length) }) : t('Nothing to change'))
    return null
  }

  return {
    /** The selected steps and notes as text; null when there is nothing to copy. */
    copy(): string | null {
      const clip = clipNow()
      if (clip === null) return null
      say(t('{{count_of}} copied', { count_of: countOf(clip) }))
      return JSON.stringify(clip)
    },

    /** The same, and takes them out of the journey, which heals. */
    cut(): string | null {
      if (!store.getState().isEditable) return this.copy()
      const clip = clipNow()
      if (clip === null) return null
      const ids = [...clip.nodes, ...clip.notes].map(({ id }) => id)
      store.apply(t('cut {{count_of}}', { count_of: countOf(clip) }), (document) =>
        removeNotes(removeSteps(document, ids), ids),
      )
      say(t('{{count_of}} cut', { count_of: countOf(clip) }))
      return JSON.stringify(clip)
    },

    /** The settings of the one selected step as text. */
    copySettings(): string | null {
      const id = selection().at(-1)
      const node = id === undefined ? undefined : findNode(present(), id)
      return node === undefined || node.type === entryType ? null : JSON.stringify(copySettings(node))
    },

    /** Does what the text is for; why not, in words, when it cannot. */
    paste(text: string, { at, settingsOnly }: { at: Point; settingsOnly: boolean }): string | null {
      const parsed = parseClip(text)
      if (parsed === null) {
        return text.trim() === ''
          ? t('The clipboard is empty. Copy steps first, here or in another journey.')
          : t('What is on the clipboard are no steps of Trellis; nothing was pasted.')
      }
      if ('problem' in parsed) return parsed.problem
      if ('settings' in parsed) return pasteSettings(parsed.settings)
      const [only] = parsed.clip.nodes
      if (settingsOnly && only !== undefined) return pasteSettings(only)
      return pasteClip(parsed.clip, at)
    },
  }
}

const steps = (count: number): string => t('{{count}} steps', { count })

function countOf({ nodes, notes }: Pick<Clip, 'nodes' | 'notes'>): string {
  const parts = [
    ...(nodes.length > 0 ? [steps(nodes.length)] : []),
    ...(notes.length > 0 ? [t('{{count}} notes', { count: notes.length })] : []),
  ]
  return parts.length < 2 ? parts.join('') : t('{{first}} and {{last}}', { first: parts[0], last: parts[1] })
}
