/** Reading records whose keys people choose. */

/** The record's own value at `key`: a tag or event called "constructor" is not found on the prototype. */
export function lookUp<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
