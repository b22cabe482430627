/** A key made of a name: lower-case letters, digits and "-", one that is not taken. */
export function slugOf(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50)
  // `new` and `preview` are addresses of their own.
  const base = plain === '' || plain === 'new' || plain === 'preview' ? 'segment' : plain
  if (!taken.has(base)) return base
  for (let number = 2; ; number += 1) {
    const key = `${base}-${String(number)}`
    if (!taken.has(key)) return key
  }
}
