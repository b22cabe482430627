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
  // Plain concatenation: a definition of 1,000 steps has some 50,000 values, and lists of their pieces cost more than they.
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item)}`
    return `[${text}]`
  }
  if (isPlainObject(value)) {
    for (const key of Object.keys(value).sort()) {
      const member = value[key]
      if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
    }
    return `{${text}}`
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
