/**
 * Reads the builder's source for the words that people see: the sentences given to `t()`, which are the keys of a
 * translation, and words that were not given to it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vite'

interface Place {
  file: string
  /** From 1. */
  line: number
}

export interface PageWords {
  /** Each sentence with the first place it is used at, in the order of the files. */
  keys: ReadonlyMap<string, Place>
  /** Words that would stay English in every language. */
  plain: (Place & { text: string; why: string })[]
}

interface Node {
  type: string
  start: number
  [member: string]: unknown
}

/** Attributes and members whose text is shown or read aloud. */
const shown = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'caption',
  'closeButtonLabel',
  'description',
  'detail',
  'emptyText',
  'error',
  'heading',
  'hint',
  'label',
  'message',
  'nothingFoundMessage',
  'placeholder',
  'remedy',
  'searchPlaceholder',
  'summary',
  'title',
  'tooltip',
])
/** What stands in these is the same in every language. */
const sameEverywhere = new Set(['Kbd', 'Code', 'code', 'kbd', 'style'])
/** Words that no language translates. */
const names = new Set([
  'JSON',
  'Trellis',
  'Mermaid',
  'SVG',
  'CSV',
  'URL',
  'HTML',
  'MJML',
  'Ctrl',
  'Shift',
  'Alt',
  'Enter',
  'Esc',
])
/** Calls whose first argument is shown or read aloud: of a store, and of no thing. */
const saying = new Set(['apply'])
const sayingAlone = new Set(['announce'])

export function readPageWords(folder: string): PageWords {
  const keys = new Map<string, Place>()
  const plain: PageWords['plain'] = []
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!/\.tsx?$/.test(name)) continue
    const file = join(folder, name)
    const source = readFileSync(file, 'utf8')
    const program = parseAst(source, { lang: name.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node
    const lineOf = ({ start }: Node) => source.slice(0, start).split('\n').length
    walk(program, {
      say: (node, text) => {
        if (!keys.has(text)) keys.set(text, { file, line: lineOf(node) })
      },
      complain: (node, text, why) => plain.push({ file, line: lineOf(node), text, why }),
    })
  }
  return { keys, plain }
}

interface Finder {
  say: (node: Node, text: string) => void
  complain: (node: Node, text: string, why: string) => void
}

/** `isLater`: within a function, which runs when the language is known. */
function walk(node: Node, finder: Finder, isLater = false): void {
  const within = isLater || /Function|Method/.test(node.type)
  if (node.type === 'JSXText') judge(node, String(node['value']), 'text', finder)
  if (node.type === 'JSXElement') {
    if (sameEverywhere.has(nameOf((node['openingElement'] as Node)['name'] as Node))) return
  }
  if (node.type === 'JSXElement' || node.type === 'JSXFragment') {
    for (const child of node['children'] as Node[]) {
      if (child.type === 'JSXExpressionContainer') judgeValue(child['expression'] as Node, 'text', finder)
    }
  }
  if (node.type === 'JSXAttribute') {
    const name = nameOf(node['name'] as Node)
    const value = node['value'] as Node | null
    if (shown.has(name) && value !== null) {
      judgeValue(value.type === 'JSXExpressionContainer' ? (value['expression'] as Node) : value, name, finder)
    }
  }
  if (node.type === 'Property') {
    const name = nameOf(node['key'] as Node)
    if (shown.has(name)) judgeValue(node['value'] as Node, name, finder)
  }
  if (node.type === 'CallExpression') {
    const callee = node['callee'] as Node
    const [first] = node['arguments'] as Node[]
    const called = callee.type === 'MemberExpression' ? nameOf(callee['property'] as Node) : nameOf(callee)
    // Their texts are keys that are said later.
    if (called === 'wordsOf' || called === 'labelled') {
      for (const text of literalsIn(first, called === 'wordsOf')) finder.say(text, String(text['value']))
      return
    }
    if (called === 'countOf') sayCount(node['arguments'] as Node[], finder)
    if (callee.type === 'Identifier' && called === 't' && first !== undefined) {
      readKey(first, finder)
      if (!isLater) finder.complain(node, '', 't() before the language is known: call it within a function')
    }
    const isSaid = (callee.type === 'MemberExpression' ? saying : sayingAlone).has(called)
    if (isSaid && first !== undefined) {
      judgeValue(first, `${called}()`, finder)
    }
  }
  for (const child of childrenOf(node)) walk(child, finder, within)
}

/** The texts of a table, or the names of the things in a list. */
function literalsIn(node: Node | undefined, isTable: boolean): Node[] {
  if (node === undefined) return []
  if (node.type === 'Property' && !isTable && !shown.has(nameOf(node['key'] as Node))) return []
  const own = node.type === 'Property' ? [node['value'] as Node] : childrenOf(node)
  return node.type === 'Literal' && typeof node['value'] === 'string'
    ? [node]
    : own.flatMap((child) => literalsIn(child, isTable))
}

/** `countOf(leads, 'lead')` says "{{count}} leads". */
function sayCount([, one, many]: Node[], { say }: Finder): void {
  if (one?.type !== 'Literal') return
  const words = many?.type === 'Literal' ? many : one
  say(words, `{{count}} ${String(words['value'])}${words === one ? 's' : ''}`)
}

function readKey(node: Node, finder: Finder): void {
  if (node.type === 'Literal') finder.say(node, String(node['value']))
  else if (node.type === 'ConditionalExpression') {
    readKey(node['consequent'] as Node, finder)
    readKey(node['alternate'] as Node, finder)
  } else if (node.type === 'TemplateLiteral') {
    finder.complain(
      node,
      textOf(node),
      'a key is put together: name what changes, as in t("{{count}} leads", { count })',
    )
  }
}

/** Text, or what may become one. */
function judgeValue(node: Node, where: string, finder: Finder): void {
  switch (node.type) {
    case 'Literal':
      if (typeof node['value'] === 'string') judge(node, node['value'], where, finder)
      return
    case 'TemplateLiteral':
      judge(node, textOf(node), where, finder)
      return
    case 'ConditionalExpression':
      judgeValue(node['consequent'] as Node, where, finder)
      judgeValue(node['alternate'] as Node, where, finder)
      return
    case 'LogicalExpression':
      judgeValue(node['right'] as Node, where, finder)
      return
    case 'BinaryExpression':
      judgeValue(node['left'] as Node, where, finder)
      judgeValue(node['right'] as Node, where, finder)
      return
    default:
  }
}

function judge(node: Node, text: string, where: string, { complain }: Finder): void {
  // What is shown of a name alone, as in "{name}:", needs no translation; nor does a character that HTML names.
  const words = text.replaceAll(/&\w+;/g, '').match(/\p{L}{2,}/gu) ?? []
  if (words.every((word) => names.has(word))) return
  complain(node, text.trim(), `${where} outside of t()`)
}

/** What of it is always the same. */
function textOf(node: Node): string {
  return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…')
}

function nameOf(node: Node): string {
  const name = node['name'] ?? node['value']
  return typeof name === 'string' ? name : ''
}

function childrenOf(node: Node): Node[] {
  return Object.entries(node).flatMap(([member, value]) => {
    if (member === 'type' || typeof value !== 'object' || value === null) return []
    const parts = Array.isArray(value) ? value : [value]
    return parts.filter((part): part is Node => typeof part === 'object' && part !== null && 'type' in part)
  })
}
