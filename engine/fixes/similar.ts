/** Which of many names was probably meant. */

/** The same items, those whose name is most like what was written first; equals keep their order. */
export function bySimilarity<Item>(items: readonly Item[], written: string, nameOf: (item: Item) => string): Item[] {
  if (written === '') return [...items]
  return items
    .map((item) => ({ item, likeness: likeness(nameOf(item), written) }))
    .sort((one, other) => other.likeness - one.likeness)
    .map(({ item }) => item)
}

/** 0 = nothing in common, 1 = the same (Dice's coefficient over pairs of letters). */
function likeness(one: string, other: string): number {
  const [a, b] = [pairs(one), pairs(other)]
  if (a.length + b.length === 0) return one === other ? 1 : 0
  const left = new Map<string, number>()
  for (const pair of a) left.set(pair, (left.get(pair) ?? 0) + 1)
  let shared = 0
  for (const pair of b) {
    const count = left.get(pair) ?? 0
    if (count === 0) continue
    shared += 1
    left.set(pair, count - 1)
  }
  return (2 * shared) / (a.length + b.length)
}

function pairs(text: string): string[] {
  const plain = ` ${text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `
  return Array.from({ length: Math.max(0, plain.length - 1) }, (_, index) => plain.slice(index, index + 2))
}
