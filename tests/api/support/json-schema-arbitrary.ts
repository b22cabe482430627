/** JSON Schema (2020-12, as far as our OpenAPI document uses it) → values that fit it, and now and then do not. */
import * as fc from 'fast-check'

export type JsonSchema = { [key: string]: unknown }

/** What lists of trouble agree on: scripts of three languages, formulas, headers, odd Unicode. */
export const injections = [
  `'; drop table leads; --`,
  `" or 1=1 --`,
  '{{ lead.email }}{% assign x = 1 %}{{ 7 | times: 7 }}',
  '${7*7}<%= 7*7 %>',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'Subject\r\nBcc: thief@example.com',
  '=cmd|/c calc!A1',
  '@SUM(1+1)*cmd',
  '../../etc/passwd%00',
  '\u202Eabc\u0000def\uD800',
  '__proto__',
] as const

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...injections) },
)

const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom<unknown>(null, -1, 1e308, 2 ** 53, '', [], {}))

/** Ids, addresses and instants that mean something in the world of the test are offered beside made-up ones. */
export interface ArbitraryOptions {
  components: Readonly<Record<string, JsonSchema>>
  ids: readonly string[]
}

const maxDepth = 5

/** One in twenty values is replaced by any JSON, so that what does not fit is tried, too. */
export function fitting(schema: JsonSchema, options: ArbitraryOptions, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 19, arbitrary: fc.constant(null).chain(() => exact(schema, options, depth)) },
    { weight: 1, arbitrary: anyJson },
  )
}

function exact(schema: JsonSchema, options: ArbitraryOptions, depth: number): fc.Arbitrary<unknown> {
  const { $ref, anyOf, oneOf, const: constant, enum: choices } = schema
  if (typeof $ref === 'string') {
    const target = options.components[$ref.replace('#/components/schemas/', '')] ?? {}
    return depth > maxDepth ? anyJson : exact(target, options, depth + 1)
  }
  const ways = (anyOf ?? oneOf) as JsonSchema[] | undefined
  if (ways !== undefined) return fc.oneof(...ways.map((way) => fitting(way, options, depth + 1)))
  if ('const' in schema) return fc.constant(constant)
  if (Array.isArray(choices)) return fc.constantFrom<unknown>(...(choices as unknown[]))
  switch (schema['type']) {
    case 'string':
      return texts(schema, options)
    case 'integer':
      return fc.oneof(
        {
          weight: 3,
          arbitrary: fc.integer({ min: number(schema['minimum'], -1000), max: number(schema['maximum'], 1000) }),
        },
        // The bounds as they are written: Postgres's integers end before JavaScript's.
        { weight: 1, arbitrary: fc.constantFrom(schema['minimum'] ?? -1, schema['maximum'] ?? 2 ** 53 - 1) },
      )
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fitting((schema['items'] ?? {}) as JsonSchema, options, depth + 1), {
        minLength: number(schema['minItems'], 0),
        maxLength: Math.min(number(schema['maxItems'], 3), 3 + number(schema['minItems'], 0)),
      })
    case 'object':
      return objects(schema, options, depth)
    default:
      return anyJson
  }
}

function objects(schema: JsonSchema, options: ArbitraryOptions, depth: number): fc.Arbitrary<unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
  const required = (schema['required'] ?? []) as string[]
  const { additionalProperties: more, propertyNames } = schema
  const members = Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => depth < maxDepth || required.includes(name))
      .map(([name, member]) => [name, fitting(member, options, depth + 1)]),
  )
  const known = fc.record(members, { requiredKeys: required.filter((name) => name in members) })
  if (typeof more !== 'object' || more === null) return known
  const names = fc.oneof(fc.constant('plan'), texts((propertyNames ?? {}) as JsonSchema, options))
  const others = fc.dictionary(names as fc.Arbitrary<string>, fitting(more as JsonSchema, options, depth + 1), {
    maxKeys: 3,
  })
  return fc.tuple(others, known).map(([a, b]) => ({ ...a, ...(b as object) }))
}

function texts(schema: JsonSchema, { ids }: ArbitraryOptions): fc.Arbitrary<string> {
  const { format, pattern } = schema
  const minLength = number(schema['minLength'], 0)
  if (format === 'uuid' || (typeof pattern === 'string' && pattern.startsWith('^([0-9a-fA-F]{8}-'))) {
    return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: fc.uuid() })
  }
  if (format === 'date-time') {
    const at = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    return at.map((date) => date.toISOString())
  }
  if (format === 'date') return fc.constantFrom('2026-02-28', '2028-02-29', '1999-12-31')
  if (format === 'email') return fc.constantFrom('fuzz@example.com', 'Ünï@example.com')
  if (format === 'uri') return fc.constantFrom('https://fuzz.example.com/x?y=1')
  if (typeof pattern === 'string')
    return fc.oneof(matching(pattern), fc.constantFrom('fuzz@example.com', 'https://a.example'))
  const plain = text.filter((value) => value.length >= minLength)
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 1, arbitrary: fc.constantFrom(...ids, 'UTC', 'Europe/Berlin') },
  )
}

/** Patterns that the library cannot make texts for are tried with any. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    const made = fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 40 })
    fc.sample(made, 1)
    return made
  } catch {
    return text
  }
}

function number(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? Math.max(-1e9, Math.min(1e9, value)) : fallback
}
