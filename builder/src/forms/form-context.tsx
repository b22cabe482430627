/** What every control of a form shares: the settings it writes to, what is wrong with them, and whether they may change. */
import { createContext, use, useEffect, useRef, useState, type ComponentType } from 'react'
import type { Issue } from '#engine/issues.ts'
import { t } from '../i18n/t.ts'
import type { FieldPlan, WidgetKind } from './plan.ts'
import { pathName, type Path } from './values.ts'

export interface FormState {
  /** A step's id; null for the journey's own settings. */
  step: string | null
  /** All settings, as stored. */
  root: Readonly<Record<string, unknown>>
  isReadOnly: boolean
  issues: readonly Issue[]
  /**
   * Writes one setting; `undefined` takes it away, so that its default counts. `typing` joins what is typed in one go into
   * one edit. `label` is what was done, where "change" and the title do not say it.
   */
  change: (path: Path, value: unknown, about: { title: string; label?: string; typing?: string }) => void
}

/** The control of each kind. Handed down, since controls that hold others (lists, groups) are among them. */
export type Widgets = Readonly<Record<Exclude<WidgetKind, 'hidden'>, ComponentType<FieldProps>>>
const WidgetsContext = createContext<Widgets | null>(null)
export const WidgetsProvider = WidgetsContext.Provider

export function useWidgets(): Widgets {
  const widgets = use(WidgetsContext)
  if (widgets === null) throw new Error('A setting needs a form around it.')
  return widgets
}

const FormContext = createContext<FormState | null>(null)
export const FormProvider = FormContext.Provider

export function useForm(): FormState {
  const form = use(FormContext)
  if (form === null) throw new Error('A control needs a form around it.')
  return form
}

/** What each control is given. */
export interface FieldProps {
  plan: FieldPlan
  /** As stored; undefined = absent. */
  value: unknown
  path: Path
  /** The heading is shown by what is around it. */
  bare?: boolean
}

/** What is wrong at this place, or also within it. */
export function useIssues(path: Path, within: boolean): Issue[] {
  const { issues } = useForm()
  return issuesAt(issues, path, within)
}

export function issuesAt(issues: readonly Issue[], path: Path, within: boolean): Issue[] {
  return issues.filter(
    (issue) =>
      (within ? issue.path.length >= path.length : issue.path.length === path.length) &&
      path.every((part, index) => String(issue.path[index]) === String(part)),
  )
}

const missing = /^"[^"]*" is missing; fill it in\.$/
const wrong = /^"[^"]*" is (?:wrong: |"(?:.|\n)*?": )(.*)$/s

/** What the schema says of a setting, in its name instead of its path; beside the setting, without either. */
export function sayIssue({ message, path }: Pick<Issue, 'message' | 'path'>, title: string, isBeside = false): string {
  if (path.length === 0 || !message.startsWith(`"${pathName(path)}"`)) return message
  if (missing.test(message)) return isBeside ? t('This is needed.') : t('“{{title}}” is needed.', { title })
  const remedy = wrong.exec(message)?.[1]
  if (remedy === undefined) return message.replace(`"${pathName(path)}"`, `“${title}”`)
  return isBeside ? remedy.charAt(0).toUpperCase() + remedy.slice(1) : `${title}: ${remedy}`
}

const pauseMs = 250
let session = 0

/**
 * A text while it is typed: shown at once, written after a pause, on leaving the field, and before it goes away. What is
 * typed from entering the field to leaving it is one edit.
 */
export function useTyped(shown: string, write: (text: string, session: string) => void) {
  const [draft, setDraft] = useState<string | null>(null)
  const pending = useRef<{ text: string; timer: number } | null>(null)
  const latest = useRef(write)
  useEffect(() => {
    latest.current = write
  })
  const visit = useRef('')

  const flush = (): void => {
    const waiting = pending.current
    if (waiting === null) return
    clearTimeout(waiting.timer)
    pending.current = null
    latest.current(waiting.text, visit.current)
    setDraft(null)
  }
  const flushNow = useRef(flush)
  useEffect(() => {
    flushNow.current = flush
  })
  useEffect(() => () => flushNow.current(), [])

  return {
    value: draft ?? shown,
    flush,
    onFocus: () => {
      session += 1
      visit.current = String(session)
    },
    onText: (text: string) => {
      setDraft(text)
      if (pending.current !== null) clearTimeout(pending.current.timer)
      pending.current = { text, timer: window.setTimeout(() => flushNow.current(), pauseMs) }
    },
    onBlur: flush,
  }
}
