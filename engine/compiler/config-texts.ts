/** Finding texts in a config of any shape. */

/** A text in a config, with its path. */
export interface PlacedText {
  text: string
  path: (string | number)[]
}

/** Every text in a value, at any depth, in the value's own order. */
export function textsIn(value: unknown): PlacedText[] {
  const found: PlacedText[] = []
  const open: { value: unknown; path: (string | number)[] }[] = [{ value, path: [] }]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { value: current, path } = at
    if (typeof current === 'string') found.push({ text: current, path })
    else if (Array.isArray(current)) {
      current.forEach((item: unknown, index) => open.push({ value: item, path: [...path, index] }))
    } else if (typeof current === 'object' && current !== null) {
      for (const [key, member] of Object.entries(current)) open.push({ value: member, path: [...path, key] })
    }
  }
  return found.toReversed()
}
