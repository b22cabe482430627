/**
 * What differs between two values of JSON, small enough to be kept for hundreds of edits, and readable both ways. Parts
 * that are the very same object are not looked into: of a thousand steps an edit has changed one.
 */

export type Delta =
  /** Replaced: before, after. */
  | { kind: 'set'; from: unknown; to: unknown }
  /** Members of an object: changed, gone or new ones. */
  | { kind: 'members'; changed: Record<string, Delta>; gone: Record<string, unknown>; added: Record<string, unknown> }
  /** Elements of a list: at each place others in place of those that were there. */
  | { kind: 'splice'; at: number; out: unknown[]; in: unknown[] }
  /** Elements of a list that keep their places. */
  | { kind: 'elements'; changed: [number, Delta][] }

type Members = Readonly<Record<string, unknown>>

/** Null when both are equal. */
export function diff(before: unknown, after: unknown): Delta | null {
  if (Object.is(before, after)) return null
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after)
  if (isObject(before) && isObject(after)) return diffObjects(before, after)
  return { kind: 'set', from: before, to: after }
}

function diffLists(before: readonly unknown[], after: readonly unknown[]): Delta | null {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && diff(before[head], after[head]) === null) head += 1
  let tail = 0
  while (tail < shorter - head && diff(before.at(-1 - tail), after.at(-1 - tail)) === null) tail += 1
  const out = before.slice(head, before.length - tail)
  const put = after.slice(head, after.length - tail)
  if (out.length === 0 && put.length === 0) return null
  if (out.length !== put.length) return { kind: 'splice', at: head, out, in: put }
  const changed = out.flatMap((value, index): [number, Delta][] => {
    const delta = diff(value, put[index])
    return delta === null ? [] : [[head + index, delta]]
  })
  return { kind: 'elements', changed }
}

function diffObjects(before: Members, after: Members): Delta | null {
  const changed: Record<string, Delta> = {}
  const gone: Record<string, unknown> = {}
  const added: Record<string, unknown> = {}
  for (const [key, value] of members(before)) {
    if (!has(after, key)) define(gone, key, value)
    else {
      const delta = diff(value, after[key])
      if (delta !== null) define(changed, key, delta)
    }
  }
  for (const [key, value] of members(after)) if (!has(before, key)) define(added, key, value)
  const isNothing = [changed, gone, added].every((part) => Object.keys(part).length === 0)
  return isNothing ? null : { kind: 'members', changed, gone, added }
}

/** Thrown when a difference does not belong to a value: it was kept for another one. */
export class DeltaMismatch extends Error {
  constructor() {
    super('A kept difference does not fit the document it is applied to.')
    this.name = 'DeltaMismatch'
  }
}

/** The value after. @throws {DeltaMismatch} when `before` is not what the difference was made from */
export function applyDelta(before: unknown, delta: Delta): unknown {
  switch (delta.kind) {
    case 'set':
      if (diff(before, delta.from) !== null) throw new DeltaMismatch()
      return delta.to
    case 'splice': {
      if (!Array.isArray(before)) throw new DeltaMismatch()
      const { at, out } = delta
      if (diff(before.slice(at, at + out.length), out) !== null) throw new DeltaMismatch()
      return [...(before as unknown[]).slice(0, at), ...delta.in, ...(before as unknown[]).slice(at + out.length)]
    }
    case 'elements': {
      if (!Array.isArray(before)) throw new DeltaMismatch()
      const after = [...(before as unknown[])]
      for (const [index, change] of delta.changed) after[index] = applyDelta(after[index], change)
      return after
    }
    case 'members': {
      if (!isObject(before)) throw new DeltaMismatch()
      const after: Record<string, unknown> = {}
      for (const key of Object.keys(delta.added)) if (has(before, key)) throw new DeltaMismatch()
      for (const [key, value] of Object.entries(delta.gone)) {
        if (diff(before[key], value) !== null) throw new DeltaMismatch()
      }
      for (const [key, value] of members(before)) {
        if (has(delta.gone, key)) continue
        const change = has(delta.changed, key) ? delta.changed[key] : undefined
        define(after, key, change === undefined ? value : applyDelta(value, change))
      }
      for (const [key, value] of members(delta.added)) define(after, key, value)
      return after
    }
  }
}

/** The same difference the other way round. */
export function invert(delta: Delta): Delta {
  switch (delta.kind) {
    case 'set':
      return { kind: 'set', from: delta.to, to: delta.from }
    case 'splice':
      return { kind: 'splice', at: delta.at, out: delta.in, in: delta.out }
    case 'elements':
      return { kind: 'elements', changed: delta.changed.map(([index, change]) => [index, invert(change)]) }
    case 'members': {
      const changed: Record<string, Delta> = {}
      for (const [key, change] of Object.entries(delta.changed)) define(changed, key, invert(change))
      return { kind: 'members', changed, gone: delta.added, added: delta.gone }
    }
  }
}

/** Equal as JSON: the order of members and members that are undefined do not count. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return diff(a, b) === null
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function has(object: Members, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== undefined
}

/** What JSON keeps of an object. */
function members(object: Members): [string, unknown][] {
  return Object.entries(object).filter(([, value]) => value !== undefined)
}

/** Also for `__proto__`, which an assignment would not make a member. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
