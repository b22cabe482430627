/** One spelling for each JSON value, so that equal definitions have equal bytes and therefore equal hashes. */

/**
 * Compact JSON with object keys sorted by UTF-16 code unit. Members that are `undefined` are left out, as in
 * `JSON.stringify`; `-0` is written `0`. The order of arrays is kept. Like RFC 8785 (JCS) in all that definitions hold.
 * @throws {TypeError} for what JSON has no words for (NaN, infinities, functions, dates, `undefined` in an array).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`"${String(value)}" has no JSON form; use a finite number.`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .sort()
      .flatMap((key) => (value[key] === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(value[key])}`]))
    return `{${members.join(',')}}`
  }
  throw new TypeError(`A ${describe(value)} has no JSON form; use texts, numbers, true, false, null, lists or objects.`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor.name ?? 'object') : typeof value
}
