/** The longest part of a key that is kept before a number, so that a numbered key stays within its 100 letters. */
const keptLetters = 94

/** A key nobody has: the wanted one, else `<wanted>-2`, `-3`, …. */
export function freeKey(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted
  for (let number = 2; ; number += 1) {
    const key = `${wanted.slice(0, keptLetters)}-${String(number)}`
    if (!taken.has(key)) return key
  }
}
