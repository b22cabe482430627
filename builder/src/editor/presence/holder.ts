/** Who was at a step first. */
import type { Editor } from '#server/contract/journey-stream.ts'

/**
 * The person who edits a step and came to it before this page; null when there is none. A page that the server has not yet
 * heard of at this step came last.
 *
 * @param others pages of other people
 * @param own this page, as the server last heard of it
 */
export function holderOf<E extends Editor>(step: string, others: readonly E[], own: Editor | undefined): E | null {
  const there = others.filter((editor) => editor.mode === 'edit' && editor.step === step)
  const first = there.toSorted(inOrder)[0] ?? null
  if (first === null || own?.step !== step) return first
  return inOrder(first, own) < 0 ? first : null
}

function inOrder(one: Editor, other: Editor): number {
  const at = Date.parse(one.since) - Date.parse(other.since)
  return at === 0 ? (one.tab < other.tab ? -1 : 1) : at
}
