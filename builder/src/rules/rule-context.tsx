/** What every row of the editor knows: names to choose from, what is wrong, and how to change the tree. */
import { createContext, use } from 'react'
import type { Library } from '#engine/library.ts'
import type { Vocabulary } from './subjects.ts'

export interface RowNote {
  kind: 'problem' | 'warning'
  message: string
}

export interface RuleEditing {
  library: Library
  vocabulary: Vocabulary
  isReadOnly: boolean
  /** What is said under a row, by its id. */
  notes: ReadonlyMap<string, RowNote[]>
  remove: (id: string) => void
}

const RuleEditingContext = createContext<RuleEditing | null>(null)
export const RuleEditingProvider = RuleEditingContext.Provider

export function useRuleEditing(): RuleEditing {
  const editing = use(RuleEditingContext)
  if (editing === null) throw new Error('A condition needs a rule editor around it.')
  return editing
}
