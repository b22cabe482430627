/** What a message may speak of, for the menu and the completion of `{{`. Pure. */
import { fieldCatalogue } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'

export interface Variable {
  /** What is written: `lead.first_name`. */
  name: string
  label: string
  group: 'Lead' | 'Asset' | 'Survey' | 'Question' | 'Forms' | 'Company and journey' | 'Preferences'
  /** What stands in for a value that is not known; the author changes it. Absent: none is offered. */
  fallback?: string
}

const fallbacks: Readonly<Record<string, string>> = {
  first_name: 'there',
  company: 'your company',
  title: 'your role',
  city: 'your town',
}

/** All variables that are filled for this message; `about` says what the step links. */
export function templateVariables(
  library: Library,
  about: Readonly<Record<'asset' | 'survey' | 'question', boolean>>,
): Variable[] {
  const lead = fieldCatalogue(library).map(({ key, label, type }): Variable => {
    const fallback = type === 'text' || type === 'enum' ? (fallbacks[key] ?? '') : undefined
    return { name: `lead.${key}`, label, group: 'Lead', ...(fallback === undefined ? {} : { fallback }) }
  })
  const of = (group: Variable['group'], is: boolean, entries: readonly (readonly [string, string])[]): Variable[] =>
    is ? entries.map(([name, label]) => ({ name, label, group })) : []
  return [
    ...of('Asset', about.asset, [
      ['asset.url', 'Link to the asset'],
      ['asset.title', 'Title of the asset'],
      ['asset.format', 'Format of the asset'],
    ]),
    ...of('Survey', about.survey, [
      ['survey.url', 'Personal link to the survey'],
      ['survey.title', 'Title of the survey'],
      ['survey.intro', 'Introduction of the survey'],
    ]),
    ...of('Question', about.question, [
      ['question.url', 'Personal link to the question'],
      ['question.text', 'The question'],
    ]),
    ...lead,
    ...of(
      'Forms',
      true,
      Object.values(library.forms).map(({ key, title }) => [`forms.${key}`, `Personal link to “${title}”`] as const),
    ),
    ...of('Company and journey', true, [
      ['company.name', 'Name of the company'],
      ['journey.name', 'Name of the journey'],
    ]),
    ...of('Preferences', true, [
      ['preferences_url', 'Link to the lead’s preferences'],
      ['unsubscribe_url', 'Link to unsubscribe'],
    ]),
  ]
}

/** `{{ lead.first_name | default: "there" }}`, and which part of it to select: the words to change. */
export function insertionOf({ name, fallback }: Variable): { text: string; select: [number, number] | null } {
  if (fallback === undefined) return { text: `{{ ${name} }}`, select: null }
  const head = `{{ ${name} | default: "`
  return { text: `${head}${fallback}" }}`, select: [head.length, head.length + fallback.length] }
}

/** The word being written in an open `{{`, and where the braces begin; null outside of one. */
export function openVariable(text: string, caret: number): { from: number; word: string } | null {
  const before = text.slice(0, caret)
  const match = /\{\{-?\s*([A-Za-z_][\w.]*)?$/.exec(before)
  return match === null ? null : { from: match.index, word: match[1] ?? '' }
}

/** Those whose name or label has the word, names that begin with it first; at most 12. */
export function matchVariables(variables: readonly Variable[], word: string): Variable[] {
  const wanted = word.toLowerCase()
  const rank = ({ name, label }: Variable): number => {
    const short = name.slice(name.indexOf('.') + 1)
    if (name.startsWith(wanted) || short.startsWith(wanted)) return 0
    if (label.toLowerCase().startsWith(wanted)) return 1
    return name.includes(wanted) || label.toLowerCase().includes(wanted) ? 2 : 3
  }
  return variables
    .map((variable, index) => ({ variable, index, rank: rank(variable) }))
    .filter((one) => one.rank < 3)
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
    .slice(0, 12)
    .map(({ variable }) => variable)
}
