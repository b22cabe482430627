/** What the editor is used for now; part of the address (`?view=`). */
import { goTo, useAddress, withParameter } from '../ui/route.tsx'

const editorModes = ['build', 'simulate', 'live'] as const
export type EditorMode = (typeof editorModes)[number]

/** Without a right to edit, a journey is watched. Sheets over the editor (`sheet=publish`) leave it as it is. */
export function useEditorMode(mayEdit: boolean): EditorMode {
  const view = useAddress().searchParams.get('view')
  if (view === 'simulate') return 'simulate'
  if (view === 'live' || !mayEdit) return 'live'
  return 'build'
}

export function switchMode(mode: EditorMode): void {
  goTo(withParameter(new URL(location.href), 'view', mode === 'build' ? null : mode))
}
