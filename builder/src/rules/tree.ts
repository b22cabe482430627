/**
 * A rule as the editor shows it: groups of conditions, some of them not finished yet. The rule itself is what is stored;
 * this form lives as long as the editor is open. Nothing of a rule is lost on the way there and back: what has no
 * form of its own is carried as JSON.
 */
import type { RuleGroupType, RuleType } from 'react-querybuilder'
import type { Condition } from '#engine/conditions/walk.ts'
import type { Rule } from '#engine/conditions/schema.ts'

/** How a group joins its parts. `none` is "not any", `some_not` is "not all". */
export const groupWords = { all: 'All of', any: 'Any of', none: 'None of', some_not: 'Not all of' } as const
export type GroupWord = keyof typeof groupWords

/** What a row of the editor holds. */
export type Card =
  /** Nothing chosen yet. */
  | { kind: 'blank' }
  | { kind: 'condition'; condition: Condition; negated: boolean }
  /** Shown as JSON. `text` is what was typed when that is no rule. */
  | { kind: 'json'; rule: Rule; text?: string }

export type CardNode = RuleType<string, string, Card>
export interface GroupNode extends RuleGroupType<CardNode, GroupWord> {
  /** Of the outermost: it only stands around a single condition, and is no part of the rule. */
  bare?: boolean
}
type Node = CardNode | GroupNode

/** Where a row's part of the rule stands: `['rules', 0, 'rules', 1]`, and what it says. */
export interface Place {
  id: string
  path: (string | number)[]
  rule: Rule
}

export interface Reading {
  /** Null while nothing is finished. */
  rule: Rule | null
  /** Rows and groups that say nothing yet; they are not part of the rule. */
  unfinished: string[]
  places: Place[]
}

export const blank: Card = { kind: 'blank' }

export function cardNode(card: Card, id: string = crypto.randomUUID()): CardNode {
  return { id, field: 'condition', operator: 'is', value: card }
}

export function groupNode(combinator: GroupWord, rules: Node[], id: string = crypto.randomUUID()): GroupNode {
  return { id, combinator, rules }
}

export function isGroupNode(node: Node): node is GroupNode {
  return 'rules' in node
}

/** The tree of a rule; of none: one empty row. */
export function fromAst(rule: Rule | null): GroupNode {
  const node = rule === null ? cardNode(blank) : nodeOf(rule)
  if (isGroupNode(node)) return node
  return { ...groupNode('all', [node]), bare: true }
}

function nodeOf(rule: Rule): Node {
  if (rule.kind === 'all' || rule.kind === 'any') return groupNode(rule.kind, rule.rules.map(nodeOf))
  if (rule.kind !== 'not') return cardNode({ kind: 'condition', condition: rule, negated: false })
  const inner = rule.rule
  if (inner.kind === 'any') return groupNode('none', inner.rules.map(nodeOf))
  if (inner.kind === 'all') return groupNode('some_not', inner.rules.map(nodeOf))
  if (inner.kind === 'not') return cardNode({ kind: 'json', rule })
  return cardNode({ kind: 'condition', condition: inner, negated: true })
}

/** The rule of a tree, without what is not finished. */
export function toAst(root: GroupNode): Reading {
  const reading: Reading = { rule: null, unfinished: [], places: [] }
  const only = root.rules.length === 1 ? root.rules[0] : undefined
  const isBare = root.bare === true && root.combinator === 'all'
  reading.rule = isBare && only !== undefined && !isGroupNode(only) ? read(only, [], reading) : read(root, [], reading)
  return reading
}

function read(node: Node, path: Place['path'], reading: Reading): Rule | null {
  if (!isGroupNode(node)) {
    const rule = ruleOf(node.value)
    if (rule === null) reading.unfinished.push(idOf(node))
    else reading.places.push({ id: idOf(node), path, rule })
    return rule
  }
  const isTurned = node.combinator === 'none' || node.combinator === 'some_not'
  const inside = isTurned ? [...path, 'rule'] : path
  const rules: Rule[] = []
  for (const child of node.rules) {
    const rule = read(child, [...inside, 'rules', rules.length], reading)
    if (rule !== null) rules.push(rule)
  }
  if (rules.length === 0) {
    if (node.rules.length === 0) reading.unfinished.push(idOf(node))
    return null
  }
  const group: Rule = { kind: node.combinator === 'all' || node.combinator === 'some_not' ? 'all' : 'any', rules }
  return isTurned ? { kind: 'not', rule: group } : group
}

function ruleOf(card: Card): Rule | null {
  if (card.kind === 'blank') return null
  if (card.kind === 'json') return card.text === undefined ? card.rule : null
  return card.negated ? { kind: 'not', rule: card.condition } : card.condition
}

function idOf(node: Node): string {
  return node.id ?? ''
}
