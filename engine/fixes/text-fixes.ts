/** Fixes inside a message's text. */
import { fieldCatalogue } from '../fields.ts'
import type { Issue } from '../issues.ts'
import { messageVariables } from '../steps/message-template.ts'
import { choosing, fix, isSolved, type Choice, type Fix, type FixContext } from './fix.ts'
import { bySimilarity } from './similar.ts'
import { rootOf, setValue, valueAt } from './values.ts'

/** The text an issue is about; null when its path leads to none. */
function textOf(issue: Issue, { document }: FixContext): string | null {
  const text = valueAt(rootOf(issue, document), issue.path)
  return typeof text === 'string' ? text : null
}

/** A fix that rewrites the text as it is at that moment. */
function rewriting(
  issue: Issue,
  context: FixContext,
  id: string,
  title: string,
  rewrite: (text: string) => string,
): Fix[] {
  const text = textOf(issue, context)
  if (text === null || rewrite(text) === text) return []
  return [
    fix(id, title, (one) => {
      const present = valueAt(rootOf(issue, one), issue.path)
      return typeof present === 'string' && rewrite(present) !== present
        ? setValue(one, issue, issue.path, rewrite(present), context)
        : one
    }),
  ]
}

/** Another variable in its place, the likest first, or without it. */
export function fixVariable(issue: Issue, context: FixContext): Fix[] {
  const name = /fills the variable "([A-Za-z_][\w.-]*)"/.exec(issue.message)?.[1]
  const text = textOf(issue, context)
  if (name === undefined || text === null) return []
  const escaped = name.replaceAll(/[.-]/g, String.raw`\$&`)
  const output = new RegExp(String.raw`(\{\{-?\s*)${escaped}(?![\w.-])`, 'g')
  const known: Choice[] = [
    ...fieldCatalogue(context.library).map(({ key, label }) => ({
      value: `lead.${key}`,
      label: `${label} of the lead`,
    })),
    ...messageVariables
      .filter((root) => root.endsWith('_url'))
      .map((root) => ({ value: root as string, label: root.replaceAll('_', ' ') })),
    { value: 'company.name', label: 'Name of the company' },
  ]
  const write = (one: FixContext['document'], value: string) => {
    const present = valueAt(rootOf(issue, one), issue.path)
    if (typeof present !== 'string') return one
    return setValue(
      one,
      issue,
      issue.path,
      present.replaceAll(output, (_, open: string) => `${open}${value}`),
      context,
    )
  }
  // Another unknown variable may stand in the same text: that is a problem of its own, at the same place.
  const others = known.filter(({ value }) => value !== name)
  const choices = bySimilarity(others, name, ({ value }) => value)
  const isReplaceable = output.test(text)
  output.lastIndex = 0
  const [likest] = choices
  const withoutIt = new RegExp(String.raw`[ \t]?\{\{-?\s*${escaped}(?![\w.-])[^}]*\}\}`, 'g')
  return [
    ...(isReplaceable && likest !== undefined
      ? [
          fix('likest', `Write {{ ${likest.value} }} instead`, (one) => write(one, likest.value)),
          choosing('variable', 'Write another variable…', () => choices, write),
        ]
      : []),
    ...rewriting(issue, context, 'without', `Take “${name}” out`, (one) => one.replaceAll(withoutIt, '')),
  ]
}

export function fixInsecureLink(issue: Issue, context: FixContext): Fix[] {
  const url = /^"(http:\/\/[^"]+)"/i.exec(issue.message)?.[1]
  if (url === undefined) return []
  const secure = `https${url.slice('http'.length)}`
  return rewriting(issue, context, 'https', 'Use its https address', (text) => text.replaceAll(url, secure))
}

export function fixAltText(issue: Issue, context: FixContext): Fix[] {
  return rewriting(issue, context, 'decoration', 'Mark it as decoration (alt="")', (text) =>
    text.replaceAll(
      /<(img|mj-image)\b((?:"[^"]*"|'[^']*'|[^"'>])*?)(\/?)>/gi,
      (tag, name: string, rest: string, end: string) =>
        /\salt\s*=/i.test(tag) ? tag : `<${name}${rest.trimEnd()} alt=""${end === '' ? '' : ' /'}>`,
    ),
  )
}

/** Braces that are not closed are closed. */
export function fixTemplate(issue: Issue, context: FixContext): Fix[] {
  const close = (text: string): string => {
    const open = text.lastIndexOf('{{')
    if (open < 0 || text.indexOf('}}', open) >= 0) return text
    const name = /^\{\{-?\s*[\w.]+\}?/.exec(text.slice(open))?.[0]
    if (name === undefined) return text
    return `${text.slice(0, open)}${name.replace(/\}$/, '').trimEnd()} }}${text.slice(open + name.length)}`
  }
  const text = textOf(issue, context)
  if (text === null || close(text) === text) return []
  const after = setValue(context.document, issue, issue.path, close(text), context)
  return isSolved(issue, after, context) ? rewriting(issue, context, 'close', 'Close the braces', close) : []
}
