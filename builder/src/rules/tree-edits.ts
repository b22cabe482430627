/** What the keys do to the tree; each answers the new tree and the row to go to. */
import { add, findID, getParentPath, getPathOfID, move, remove, type Path } from 'react-querybuilder'
import { blank, cardNode, groupNode, isGroupNode, type CardNode, type GroupNode } from './tree.ts'

export interface Edited {
  tree: GroupNode
  /** Id of the row or group to go to; null = where one is. */
  focus: string | null
}

function pathOf(tree: GroupNode, id: string): Path | null {
  return tree.id === id ? [] : getPathOfID(id, tree)
}

/** A new row or group below this row; in this group, when it is one. */
function addAfter(tree: GroupNode, id: string, node: CardNode | GroupNode): GroupNode {
  const path = pathOf(tree, id)
  const found = path === null ? null : (findID(id, tree) as CardNode | GroupNode | null)
  if (path === null || path.length === 0 || (found !== null && isGroupNode(found))) return add(tree, node, path ?? [])
  const parent = getParentPath(path)
  const index = (path.at(-1) ?? 0) + 1
  const added = add(tree, node, parent)
  const siblings = parent.length === 0 ? added : (findGroup(added, parent) ?? added)
  // It was put last; one step up at a time until it is where it belongs.
  let moved = added
  for (let at = siblings.rules.length - 1; at > index; at -= 1) moved = move(moved, [...parent, at], 'up')
  return moved
}

function findGroup(tree: GroupNode, path: Path): GroupNode | null {
  let node: CardNode | GroupNode | undefined = tree
  for (const index of path) node = node !== undefined && isGroupNode(node) ? node.rules[index] : undefined
  return node !== undefined && isGroupNode(node) ? node : null
}

export function addCondition(tree: GroupNode, id: string): Edited {
  const node = cardNode(blank)
  return { tree: addAfter(tree, id, node), focus: node.id ?? null }
}

export function addGroup(tree: GroupNode, id: string): Edited {
  const node = cardNode(blank)
  return { tree: addAfter(tree, id, groupNode('any', [node])), focus: node.id ?? null }
}

/** One place up or down, into and out of groups on the way. */
export function moveRow(tree: GroupNode, id: string, by: 'up' | 'down'): Edited {
  const path = pathOf(tree, id)
  if (path === null || path.length === 0) return { tree, focus: null }
  return { tree: withoutEmptyGroups(move(tree, path, by)), focus: id }
}

/** Into a group of its own, to which more can be added. */
export function nestRow(tree: GroupNode, id: string): Edited {
  const path = pathOf(tree, id)
  if (path === null || path.length === 0) return { tree, focus: null }
  const previous = (path.at(-1) ?? 0) - 1
  const parent = getParentPath(path)
  const before = previous < 0 ? undefined : findGroup(tree, parent)?.rules[previous]
  if (before !== undefined && isGroupNode(before)) {
    const target = [...parent, previous, before.rules.length]
    return { tree: withoutEmptyGroups(move(tree, path, target)), focus: id }
  }
  const row = rowAt(tree, path)
  return { tree: replaceAt(tree, path, groupNode('any', [row])), focus: id }
}

/** Out of its group, to stand after it. */
export function unnestRow(tree: GroupNode, id: string): Edited {
  const path = pathOf(tree, id)
  if (path === null || path.length < 2) return { tree, focus: null }
  const parent = getParentPath(path)
  const target = [...getParentPath(parent), (parent.at(-1) ?? 0) + 1]
  return { tree: withoutEmptyGroups(move(tree, path, target)), focus: id }
}

/** Takes it away; the row before, or the one after, is gone to. The last row stays, empty. */
export function removeNode(tree: GroupNode, id: string): Edited {
  const path = pathOf(tree, id)
  if (path === null || path.length === 0) return { tree, focus: null }
  const order = rowIds(tree)
  const gone = new Set(rowIds(rowAt(tree, path)))
  const first = order.findIndex((row) => gone.has(row))
  const focus = order[first - 1] ?? order.slice(Math.max(first, 0)).find((row) => !gone.has(row)) ?? null
  const left = withoutEmptyGroups(remove(tree, path))
  if (left.rules.length > 0) return { tree: left, focus }
  const node = cardNode(blank)
  return { tree: { ...left, rules: [node] }, focus: node.id ?? null }
}

/** Rows in reading order. */
export function rowIds(node: CardNode | GroupNode): string[] {
  return isGroupNode(node) ? node.rules.flatMap(rowIds) : [node.id ?? '']
}

function rowAt(tree: GroupNode, path: Path): CardNode | GroupNode {
  let node: CardNode | GroupNode = tree
  for (const index of path) if (isGroupNode(node)) node = node.rules[index] ?? node
  return node
}

function replaceAt(tree: GroupNode, path: Path, node: CardNode | GroupNode): GroupNode {
  const [index, ...rest] = path
  if (index === undefined) return isGroupNode(node) ? node : tree
  const rules = tree.rules.map((child, at) => {
    if (at !== index) return child
    return rest.length > 0 && isGroupNode(child) ? replaceAt(child, rest, node) : node
  })
  return { ...tree, rules }
}

/** A group that lost its last row goes, too; the outermost stays. */
function withoutEmptyGroups(tree: GroupNode): GroupNode {
  const rules = tree.rules.flatMap((child): (CardNode | GroupNode)[] => {
    if (!isGroupNode(child)) return [child]
    const kept = withoutEmptyGroups(child)
    return kept.rules.length === 0 ? [] : [kept]
  })
  return { ...tree, rules }
}
