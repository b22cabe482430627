/** Reading and writing within a step's settings: pure, nothing is changed in place. */
import { isRecord } from './plan.ts'

export type Path = readonly (string | number)[]

/** A path as `data-path` has it: `cases.0.when`. */
export function pathName(path: Path): string {
  return path.join('.')
}

export function getAt(value: unknown, path: Path): unknown {
  let found = value
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Record<string | number, unknown>)[part]
  }
  return found
}

/**
 * The same with another value there; `undefined` takes the setting away. Objects on the way are made as needed. Given back
 * itself when that value is there already.
 */
export function setAt(value: unknown, path: Path, next: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return next
  if (Array.isArray(value) && typeof head === 'number') {
    const changed = setAt(value[head], rest, next)
    if (head < value.length && changed === value[head]) return value
    return changed === undefined ? value.toSpliced(head, 1) : value.toSpliced(head, 1, changed)
  }
  const own = isRecord(value) ? value : {}
  const changed = setAt(own[head], rest, next)
  if (own === value && changed === own[head] && Object.hasOwn(own, head) === (changed !== undefined)) return value
  if (changed !== undefined) return { ...own, [head]: changed }
  const { [head]: _gone, ...others } = own
  return others
}

/** A name that none of these has: `outcome`, `outcome_2`… For ids that connections hang on. */
export function freshName(wanted: string, taken: readonly string[]): string {
  const base =
    wanted
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, 40) || 'entry'
  for (let number = taken.length + 1; ; number += 1) {
    const name = `${base}_${String(number)}`
    if (!taken.includes(name)) return name
  }
}
