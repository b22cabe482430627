/** A small seeded generator (mulberry32), so that a failing run can be repeated by its seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** Whole number from `from` up to and without `to`. */
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  shuffle<Item>(items: readonly Item[]): Item[]
}

/** The same numbers for the same seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from))
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[between(0, items.length)]
      if (item === undefined) throw new Error('Nothing to pick from.')
      return item
    },
    shuffle(items) {
      const left = [...items]
      return items.flatMap(() => left.splice(between(0, left.length), 1))
    },
  }
}
