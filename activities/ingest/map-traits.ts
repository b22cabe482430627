/** Traits as trackers send them → fields of a lead. */
import type { FieldValue } from '#engine/facts.ts'
import { findField, parseFieldValue } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { isFillable, standardTraits, type IngestSettings } from './settings.ts'

export interface MappedTraits {
  fields: Record<string, FieldValue>
  /** Names of traits that fill nothing. */
  unknown: string[]
}

const mostTraits = 200

/**
 * The company's own mapping first, then Segment's reserved traits, then fields of the same name. A trait that fills no
 * field, or does not fit it, is named and dropped: trackers never make fields.
 */
export function mapTraits(
  traits: Record<string, unknown>,
  own: IngestSettings['traits'],
  library: Library,
): MappedTraits {
  const fields: Record<string, FieldValue> = {}
  const unknown: string[] = []
  for (const [name, value] of flatten(traits).slice(0, mostTraits)) {
    const key = fieldOf(name, own, library)
    const field = key === null ? null : findField(key, library)
    const parsed = field === null ? null : parseFieldValue(field, value)
    if (key === null || parsed === null || !parsed.ok) unknown.push(name)
    else fields[key] = parsed.value
  }
  const { name } = traits
  if (
    typeof name === 'string' &&
    !('first_name' in fields) &&
    !('last_name' in fields) &&
    !Object.hasOwn(own, 'name')
  ) {
    const [first = '', ...rest] = name.trim().split(/\s+/)
    if (first !== '') fields['first_name'] = first.slice(0, 500)
    if (rest.length > 0) fields['last_name'] = rest.join(' ').slice(0, 500)
  }
  return { fields, unknown: unknown.filter((trait) => trait !== 'name') }
}

function fieldOf(name: string, own: IngestSettings['traits'], library: Library): string | null {
  const snake = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  const candidates = Object.hasOwn(own, name) ? [own[name]] : [lookUp(standardTraits, name), name, snake]
  return candidates.find((key) => key !== undefined && isFillable(key, library)) ?? null
}

function lookUp(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** `{ address: { city: 'Ulm' } }` → `address.city`, two levels deep; lists stay whole. */
function flatten(traits: Record<string, unknown>): [string, unknown][] {
  return Object.entries(traits).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, leaf]): [string, unknown] => [`${name}.${inner}`, leaf])
      : [[name, value]],
  )
}
