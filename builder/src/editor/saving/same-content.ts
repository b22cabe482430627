/** Drafts as they are compared with what the server has. */
import type { Draft } from '#server/contract/drafts.ts'
import { isSameJson } from '../history/delta.ts'
import type { Content, SavedDraft } from '../store.ts'

/** The draft as somebody else has saved it. */
export interface TheirDraft extends SavedDraft {
  /** Who, as far as it is known. */
  by: string | null
}

export function theirDraft(draft: Draft, by: string | null = null): TheirDraft {
  const { revision, updatedAt, name, description, graph, layout } = draft
  return { revision, updatedAt, by, content: { name, description, document: { graph, layout } } }
}

/** Equal as the server keeps them: names without blanks around them. */
export function isSameContent(a: Content, b: Content): boolean {
  return a === b || isSameJson({ ...a, name: a.name.trim() }, { ...b, name: b.name.trim() })
}
