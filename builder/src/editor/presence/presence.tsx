/** Says that this page has the journey open and which step is selected, and marks the steps that others are at. */
import { useEffect, useMemo } from 'react'
import type { Editor } from '#server/contract/journey-stream.ts'
import { announcePresence, presenceBeatMs } from '#server/contract/presence.ts'
import { call } from '../../api/client.ts'
import { useSession } from '../../sign-in/session.ts'
import { useEditor, useEditorStore } from '../editor-context.tsx'
import { useJourneyEvent } from '../journey-stream.tsx'
import { useMarks, type PresenceMark } from '../marks.ts'

/** One per page; a page that is loaded again is another one. */
export const ownTab = [...crypto.getRandomValues(new Uint8Array(12))]
  .map((byte) => byte.toString(16).padStart(2, '0'))
  .join('')

/** A moved selection is told no more often than this. */
const settleMs = 300

/** Reports for as long as it is shown. */
export function Presence() {
  const store = useEditorStore()
  const journey = useEditor((state) => state.journey.id)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const tell = () => {
      clearTimeout(timer)
      if (isOver || document.visibilityState === 'hidden') return
      const { selection, isEditable, content } = store.getState()
      const step = selection.findLast((id) => content.document.graph.nodes.some((node) => node.id === id)) ?? null
      const body = { tab: ownTab, step, mode: isEditable ? ('edit' as const) : ('look' as const) }
      // That others know of it is a courtesy: when it fails, nothing is said and the next beat tries again.
      void call(announcePresence, { params: { journey }, body })
        .catch(() => undefined)
        .finally(() => {
          clearTimeout(timer)
          if (!isOver) timer = setTimeout(tell, presenceBeatMs)
        })
    }
    const later = () => {
      clearTimeout(timer)
      timer = setTimeout(tell, settleMs)
    }
    // Also while the page goes away: an ordinary request would be given up.
    const leave = () => {
      clearTimeout(timer)
      const address = `/api/v1/journeys/${encodeURIComponent(journey)}/presence?tab=${ownTab}`
      void fetch(address, { method: 'DELETE', keepalive: true }).catch(() => undefined)
    }
    const onVisibility = () => (document.visibilityState === 'hidden' ? leave() : tell())
    const stop = store.subscribe((present, before) => {
      if (present.selection !== before.selection || present.isEditable !== before.isEditable) later()
    })
    later()
    addEventListener('pagehide', leave)
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      isOver = true
      stop()
      removeEventListener('pagehide', leave)
      document.removeEventListener('visibilitychange', onVisibility)
      leave()
    }
  }, [store, journey])

  const others = useOthers()
  const { presence } = useMarks()
  useEffect(() => presence.replace(marksOf(others)), [presence, others])
  return null
}

/** Everybody else; `isSelf` = the same person in another window. */
export function useOthers(): readonly (Editor & { isSelf: boolean })[] {
  const event = useJourneyEvent('presence')
  const { data: session } = useSession()
  const own = session?.kind === 'local' ? 'owner' : `user:${session?.userKey ?? ''}`
  return useMemo(
    () =>
      (event?.editors ?? [])
        .filter((editor) => editor.tab !== ownTab)
        .map((editor) => ({ ...editor, isSelf: editor.actor === own })),
    [event, own],
  )
}

function marksOf(others: readonly Editor[]): Map<string, PresenceMark> {
  const editing = others.filter(({ step, mode }) => step !== null && mode === 'edit')
  return new Map(
    [...Map.groupBy(editing, ({ step }) => step ?? '')].map(([step, here]) => [
      step,
      { people: here.map(({ tab: id, name }) => ({ id, name, colour: 'var(--ink)' })) },
    ]),
  )
}

/** `Ada Lovelace` → `AL`. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.slice(0, 1).toUpperCase()).join('')
}
