/**
 * A step that somebody else is at is read-only here, until they go on or one says "Edit anyway". It keeps people from
 * typing over each other; nothing depends on it, since saves have revisions of their own.
 */
import { createContext, use, useMemo, useState, type ReactNode } from 'react'
import type { Editor } from '#server/contract/journey-stream.ts'
import { useEditor } from '../editor-context.tsx'
import { useJourneyEvent } from '../journey-stream.tsx'
import { holderOf } from './holder.ts'
import { ownTab, useOthers } from './presence.tsx'

interface Lock {
  /** Who was at the selected step before; null = nobody, or it is edited all the same. */
  holder: Editor | null
  isOverridden: boolean
  override: () => void
}

const LockContext = createContext<Lock>({ holder: null, isOverridden: false, override: () => undefined })

/** For the settings of what is selected. */
export function StepLock({ children }: { children: ReactNode }) {
  const step = useEditor((state) => (state.selection.length === 1 ? state.selection[0] : undefined))
  const isEditable = useEditor((state) => state.isEditable)
  const others = useOthers()
  const own = useJourneyEvent('presence')?.editors.find(({ tab }) => tab === ownTab)
  const [overridden, setOverridden] = useState<string | null>(null)
  // Meant for this time, not for whenever one comes back.
  if (overridden !== null && overridden !== step) setOverridden(null)
  // Somebody's other windows do not lock them out of this one.
  const people = others.filter(({ isSelf }) => !isSelf)
  const found = step === undefined || !isEditable ? null : holderOf(step, people, own)
  const isOverridden = found !== null && overridden === step
  const holder = isOverridden ? null : found
  const lock = useMemo<Lock>(
    () => ({ holder, isOverridden, override: () => setOverridden(step ?? null) }),
    [holder, isOverridden, step],
  )
  return <LockContext value={lock}>{children}</LockContext>
}

export function useStepLock(): Lock {
  return use(LockContext)
}

/** Whether the settings of the selected step may be changed now. */
export function useIsStepEditable(): boolean {
  const isEditable = useEditor((state) => state.isEditable)
  const { holder } = useStepLock()
  return isEditable && holder === null
}
