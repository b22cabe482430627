// The editor's tree holds every rule there can be, and the keys lose no finished condition.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromAst, isGroupNode, toAst, type GroupNode } from '../../../builder/src/rules/tree.ts'
import {
  addCondition,
  addGroup,
  moveRow,
  nestRow,
  removeNode,
  rowIds,
  unnestRow,
} from '../../../builder/src/rules/tree-edits.ts'
import { ruleSchema, type Rule } from '#engine/conditions/schema.ts'
import { conditionsOf } from '#engine/conditions/walk.ts'
import { combine, compareRules, otherRules } from '../../support/rule-cases.ts'
import { emptyLibrary } from '#engine/library.ts'

const seed = 20_261_122
const leaves = [...compareRules(emptyLibrary(), 3, seed), ...otherRules(6, seed)]
const rules = [...leaves, ...combine(leaves, ['s1', 's2'], 2000, seed)]

/** Finished conditions in any order, as texts. */
function conditions(tree: GroupNode): string[] {
  const { rule } = toAst(tree)
  return rule === null
    ? []
    : conditionsOf(rule)
        .map(({ condition }) => JSON.stringify(condition))
        .toSorted()
}

describe('the tree of a rule', () => {
  test('every rule the engine knows comes back as it was, double negations included', () => {
    const kinds = new Set<string>()
    for (const rule of rules) {
      const { rule: back, unfinished } = toAst(fromAst(rule))
      expect(back).toEqual(rule)
      expect(unfinished).toEqual([])
      conditionsOf(rule).forEach(({ condition }) => kinds.add(condition.kind))
    }
    expect([...kinds].toSorted()).toEqual([
      'always',
      'answered',
      'compare',
      'count',
      'delivered',
      'has_tag',
      'in_segment',
      'received',
    ])
  })

  test('each row knows where its part of the rule stands', () => {
    for (const rule of rules) {
      for (const { path, rule: part } of toAst(fromAst(rule)).places) {
        let at: unknown = rule
        for (const step of path) at = (at as Record<string, unknown>)[step]
        expect(at).toEqual(part)
      }
    }
  })

  test('no rule at all is one empty row, which is no part of a rule', () => {
    const tree = fromAst(null)
    const { rule, unfinished } = toAst(tree)
    expect(rule).toBeNull()
    expect(unfinished).toEqual(rowIds(tree))
  })
})

describe('the keys', () => {
  test('adding, moving, nesting and taking out keep every condition, and what comes out is a rule', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rules.filter(({ kind }) => kind === 'all' || kind === 'any')),
        fc.array(fc.record({ key: fc.nat(5), row: fc.nat(50) }), { maxLength: 12 }),
        (rule: Rule, strokes) => {
          let tree = fromAst(rule)
          const before = conditions(tree)
          for (const { key, row } of strokes) {
            const ids = rowIds(tree)
            const id = ids[row % ids.length] ?? ''
            const edits = [
              addCondition,
              addGroup,
              (from: GroupNode, at: string) => moveRow(from, at, 'up'),
              (from: GroupNode, at: string) => moveRow(from, at, 'down'),
              nestRow,
              unnestRow,
            ]
            const edited = edits[key]?.(tree, id)
            if (edited === undefined) continue
            tree = edited.tree
            const present = rowIds(tree)
            expect(new Set(present).size).toBe(present.length)
            if (edited.focus !== null) expect(present).toContain(edited.focus)
          }
          expect(conditions(tree)).toEqual(before)
          const after = toAst(tree).rule
          if (after !== null) expect(ruleSchema.safeParse(after).success).toBe(true)
        },
      ),
      { seed, numRuns: 300 },
    )
  })

  test('a row added by Enter stands below the one it was added from', () => {
    const tree = fromAst({ kind: 'all', rules: leaves.slice(0, 3) })
    const [first = '', second = ''] = rowIds(tree)
    const { tree: added, focus } = addCondition(tree, first)
    expect(rowIds(added).slice(0, 3)).toEqual([first, focus, second])
  })

  test('taking away goes to the row before; the last row stays, empty', () => {
    const tree = fromAst({ kind: 'all', rules: leaves.slice(0, 2) })
    const [first = '', second = ''] = rowIds(tree)
    const once = removeNode(tree, second)
    expect(once.focus).toBe(first)
    const twice = removeNode(once.tree, first)
    expect(twice.tree.rules).toHaveLength(1)
    expect(toAst(twice.tree).rule).toBeNull()
  })

  test('nesting twice puts two rows into one group; taking out the last one removes the group', () => {
    const tree = fromAst({ kind: 'all', rules: leaves.slice(0, 3) })
    const [, second = '', third = ''] = rowIds(tree)
    const nested = nestRow(nestRow(tree, second).tree, third).tree
    expect(nested.rules.map((node) => (isGroupNode(node) ? node.rules.length : 1))).toEqual([1, 2])
    const out = unnestRow(unnestRow(nested, second).tree, third).tree
    expect(out.rules.every((node) => !isGroupNode(node))).toBe(true)
  })
})
