/**
 * Values by step, beside the document: counts, problems, marks of a rehearsal. A card reads its own with `useKeyed`, so a
 * tick that touches three steps draws three cards again and nothing else.
 */
import { useCallback, useSyncExternalStore } from 'react'

export interface KeyedStore<Value> {
  get(key: string): Value | undefined
  /** Everything at once; keys that are absent lose their value. Equal values (by `same`) wake nobody. */
  replace(values: ReadonlyMap<string, Value>): void
  /** Some of them; `undefined` takes a value away. */
  patch(values: Iterable<readonly [string, Value | undefined]>): void
  /** All present values, for lists and the minimap. A new map on each change. */
  all(): ReadonlyMap<string, Value>
  subscribe: (key: string, listener: () => void) => () => void
  subscribeAll: (listener: () => void) => () => void
}

/** A store of its own; `same` tells which changes need no drawing (by default identity, or equal as JSON). */
export function createKeyedStore<Value>(
  same: (a: Value, b: Value) => boolean = (a, b) => JSON.stringify(a) === JSON.stringify(b),
): KeyedStore<Value> {
  let values: ReadonlyMap<string, Value> = new Map()
  const listeners = new Map<string, Set<() => void>>()
  const listenersToAll = new Set<() => void>()
  const isSame = (a: Value | undefined, b: Value | undefined) =>
    a === b || (a !== undefined && b !== undefined && same(a, b))

  function set(next: ReadonlyMap<string, Value>, changed: Iterable<string>): void {
    const woken = [...changed].filter((key) => !isSame(values.get(key), next.get(key)))
    if (woken.length === 0) return
    values = next
    for (const key of woken) for (const listener of listeners.get(key) ?? []) listener()
    for (const listener of listenersToAll) listener()
  }

  return {
    get: (key) => values.get(key),
    all: () => values,
    replace: (given) => {
      const kept = new Map([...given].map(([key, value]) => [key, keepIdentity(values.get(key), value)]))
      set(kept, new Set([...values.keys(), ...given.keys()]))
    },
    patch: (given) => {
      const next = new Map(values)
      const changed: string[] = []
      for (const [key, value] of given) {
        changed.push(key)
        if (value === undefined) next.delete(key)
        else next.set(key, keepIdentity(values.get(key), value))
      }
      set(next, changed)
    },
    subscribe: (key, listener) => {
      const own = listeners.get(key) ?? new Set()
      listeners.set(key, own.add(listener))
      return () => {
        own.delete(listener)
        if (own.size === 0) listeners.delete(key)
      }
    },
    subscribeAll: (listener) => {
      listenersToAll.add(listener)
      return () => listenersToAll.delete(listener)
    },
  }

  function keepIdentity(before: Value | undefined, after: Value): Value {
    return before !== undefined && same(before, after) ? before : after
  }
}

/** The value of one step or connection; draws again only when it changes. */
export function useKeyed<Value>(store: KeyedStore<Value>, key: string): Value | undefined {
  // The same function while the key is: another one would be taken for another store, and subscribed to anew.
  const subscribe = useCallback((listener: () => void) => store.subscribe(key, listener), [store, key])
  return useSyncExternalStore(subscribe, () => store.get(key))
}
