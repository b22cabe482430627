/** What the real Liquid says about a text, before any lead is there. */
import type { Template } from 'liquidjs'
import { findField } from '#engine/fields.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import { messageVariables } from '#engine/steps/message-template.ts'
import { createLiquid } from '../mailroom/template.ts'
import { companyVariables } from './layout.ts'
import type { PlacedText } from './letters.ts'

const liquid = createLiquid(true)
const roots: ReadonlySet<string> = new Set(messageVariables)

/** What each variable has; the ones that are absent here are plain texts, or whatever the entry event brought. */
const members: Readonly<Record<string, readonly string[]>> = {
  asset: ['key', 'title', 'format', 'kind', 'url'],
  survey: ['key', 'title', 'intro', 'url'],
  question: ['id', 'text', 'url'],
  journey: ['key', 'name'],
  company: companyVariables,
}

/**
 * MESSAGE_TEMPLATE_INVALID for what Liquid cannot read (syntax, unknown tags and filters) or must not do (other files),
 * MESSAGE_VARIABLE_UNKNOWN for each name that nothing fills, wherever it stands: in conditions and filters, too.
 */
export function checkLiquid({ nodeId, path, text }: PlacedText, library: Library): Issue[] {
  const issue = (code: 'MESSAGE_TEMPLATE_INVALID' | 'MESSAGE_VARIABLE_UNKNOWN', message: string): Issue => ({
    code,
    severity: 'error',
    nodeId,
    path,
    message,
  })
  const file = /\{%-?\s*(include|render|layout|block)\b/.exec(text)
  if (file !== null) {
    return [
      issue(
        'MESSAGE_TEMPLATE_INVALID',
        `"${String(file[1])}" reads other files, which messages have none of; write its text here.`,
      ),
    ]
  }
  const parsed = parse(text)
  if (typeof parsed === 'string') return [issue('MESSAGE_TEMPLATE_INVALID', `Liquid cannot read the text: ${parsed}.`)]
  const unknown = liquid
    .globalVariableSegmentsSync(parsed, { partials: false })
    .flatMap((segments) => unknownName(segments, library))
  return [...new Map(unknown.map((one) => [one.name, one])).values()].map(({ name, known }) =>
    issue('MESSAGE_VARIABLE_UNKNOWN', `Nothing fills the variable "${name}"; use ${known}.`),
  )
}

function parse(text: string): Template[] | string {
  try {
    return liquid.parse(text)
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return line
  }
}

function unknownName(segments: readonly unknown[], library: Library): { name: string; known: string }[] {
  const [root, member] = segments
  if (typeof root !== 'string') return []
  if (!roots.has(root)) return [{ name: root, known: `one of ${messageVariables.join(', ')}` }]
  if (typeof member !== 'string') return []
  const name = `${root}.${member}`
  if (root === 'lead') {
    return member === 'id' || findField(member, library) !== null ? [] : [{ name, known: 'a lead field' }]
  }
  const known = root === 'forms' ? Object.keys(library.forms) : members[root]
  return known === undefined || known.includes(member)
    ? []
    : [
        {
          name,
          known:
            known.length === 0 ? 'a form that exists' : `one of ${known.map((one) => `${root}.${one}`).join(', ')}`,
        },
      ]
}
