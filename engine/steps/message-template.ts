/**
 * What can be seen to be wrong with a message's Liquid text without rendering it. The mailroom renders with the same
 * variables; the engine itself knows no Liquid.
 */
import { findField } from '../fields.ts'
import type { Library } from '../library.ts'
import { problem, type IssuePath, type StepIssue } from './problems.ts'

/** What a text may name, beside `lead.<field>`: the first word of a variable. */
export const messageVariables = [
  'lead',
  'asset',
  'survey',
  'question',
  'entry',
  'journey',
  'link',
  'forms',
  'unsubscribe_url',
  'preferences_url',
  'company',
] as const

const variableRoots: ReadonlySet<string> = new Set(messageVariables)
/** Words that Liquid itself understands where a variable could stand. */
const literals: ReadonlySet<string> = new Set([
  'true',
  'false',
  'nil',
  'null',
  'empty',
  'blank',
  'forloop',
  'tablerowloop',
])

/** Settings that hold a message's texts. */
const messageSettings: ReadonlySet<string> = new Set(['subject', 'headline', 'body', 'text', 'message'])

/** MESSAGE_TEMPLATE_INVALID for braces that do not close, MESSAGE_VARIABLE_UNKNOWN for a variable nobody fills. */
export function checkTemplate(text: string | undefined, path: IssuePath, library: Library): StepIssue[] {
  if (text === undefined) return []
  const unclosed = findUnclosed(text)
  if (unclosed !== null) {
    return [
      problem(
        'MESSAGE_TEMPLATE_INVALID',
        path,
        `The text has "${unclosed}" that is not closed; write variables as {{ lead.first_name }}.`,
      ),
    ]
  }
  const local = localNames(text)
  const seen = new Set<string>()
  const issues: StepIssue[] = []
  for (const [, expression = ''] of text.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)) {
    const variable = /^\s*([A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*))?/.exec(expression)
    if (variable === null) continue
    const [, root = '', member] = variable
    const name = member === undefined ? root : `${root}.${member}`
    if (seen.has(name) || literals.has(root) || local.has(root)) continue
    seen.add(name)
    const unknownField =
      root === 'lead' && member !== undefined && member !== 'id' && findField(member, library) === null
    if (unknownField || !variableRoots.has(root)) {
      const known = unknownField ? 'a lead field' : `one of ${messageVariables.join(', ')}`
      issues.push(problem('MESSAGE_VARIABLE_UNKNOWN', path, `Nothing fills the variable "${name}"; use ${known}.`))
    }
  }
  return issues
}

/**
 * MESSAGE_VARIABLE_UNKNOWN at each text that speaks of an asset, a survey or a question the message is not about: it
 * could not be rendered. (That each variable exists at all is checked by the compiler, for every text of every step.)
 */
export function checkLinked(
  config: object,
  linked: Readonly<Record<'asset' | 'survey' | 'question', boolean>>,
): StepIssue[] {
  return messageTexts(config).flatMap(({ path, text }) =>
    (['asset', 'survey', 'question'] as const).flatMap((root) =>
      linked[root] || !new RegExp(`\\{[{%][^}]*\\b${root}\\.`).test(text)
        ? []
        : [
            problem(
              'MESSAGE_VARIABLE_UNKNOWN',
              path,
              `The text speaks of "${root}", but no ${root} belongs to this message; choose one or take the variable out.`,
            ),
          ],
    ),
  )
}

/** What a message step's config says to a lead: each text with its place, those in other languages included. */
export function messageTexts(config: object): { path: IssuePath; text: string }[] {
  const textsOf = (value: unknown, path: IssuePath): { path: IssuePath; text: string }[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, text]) =>
          messageSettings.has(key) && typeof text === 'string' ? [{ path: [...path, key], text }] : [],
        )
  const variants: unknown = 'variants' in config ? config.variants : undefined
  const inLanguages = typeof variants === 'object' && variants !== null ? Object.entries(variants) : []
  return [
    ...textsOf(config, []),
    ...inLanguages.flatMap(([language, variant]) => textsOf(variant, ['variants', language])),
  ]
}

/** The first `{{` or `{%` without its end, with the words after it; null when all close. */
function findUnclosed(text: string): string | null {
  let at = 0
  for (;;) {
    const open = /\{\{|\{%/.exec(text.slice(at))
    if (open === null) return null
    const start = at + open.index
    const end = text.indexOf(open[0] === '{{' ? '}}' : '%}', start + 2)
    const next = text.slice(start + 2).search(/\{\{|\{%/)
    if (end === -1 || (next !== -1 && start + 2 + next < end)) return text.slice(start, start + 30)
    at = end + 2
  }
}

/** Names the text itself gives: `assign`, `capture`, `for`. */
function localNames(text: string): Set<string> {
  const names = new Set<string>()
  for (const [, name = ''] of text.matchAll(
    /\{%-?\s*(?:assign|capture|for|tablerow|increment|decrement)\s+([A-Za-z_][\w-]*)/g,
  )) {
    names.add(name)
  }
  return names
}
