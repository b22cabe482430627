/** Does a mapping fit a file and this installation? Every problem at once, before the first row is read. */
import { findField, type Field } from '#engine/fields.ts'
import type { CustomField, Library } from '#engine/library.ts'
import { columnsOf } from './cells.ts'
import { ImportError } from './errors.ts'
import type { Condition, Mapping, Source } from './mapping.ts'
import type { CsvHeader } from './read-csv.ts'

/** What the check found out. */
export interface CheckedMapping {
  /** Every field the mapping writes, by key. */
  fields: ReadonlyMap<string, Field>
  /** Custom fields to create, or whose options grow. */
  define: CustomField[]
  /** Columns that neither the mapping nor its `ignore` list names. */
  unmapped: string[]
}

/**
 * Checks the mapping against the file's columns and the company's fields.
 *
 * @throws {ImportError} MAPPING_COLUMN_MISSING or MAPPING_INVALID, listing everything.
 */
export function checkMapping(mapping: Mapping, header: CsvHeader, library: Library): CheckedMapping {
  const used = usedColumns(mapping)
  const known = new Set(header.columns)
  const missing = [...new Set(used)].filter((column) => !known.has(column))
  if (missing.length > 0) {
    throw new ImportError(
      'MAPPING_COLUMN_MISSING',
      missing.map((column) =>
        header.repeated.includes(column)
          ? `The column "${column}" occurs more than once; write "${column} #1" for the first, "${column} #2" for the second.`
          : `The mapping reads the column "${column}", which the file does not have. Its columns: ${list(header.columns)}.`,
      ),
    )
  }
  const problems: string[] = []
  const fields = new Map<string, Field>()
  const define: CustomField[] = []
  for (const [key, { define: wanted }] of Object.entries(mapping.fields)) {
    const existing = findField(key, library)
    if (existing?.readOnly === true) {
      problems.push(
        `The field "${key}" cannot be written by an import; use the mapping's own "${key}" list if it has one.`,
      )
    } else if (existing === null && wanted === undefined) {
      problems.push(`There is no field "${key}". Add "define" with its label and type, or correct the key.`)
    } else if (existing !== null && wanted !== undefined && existing.type !== wanted.type) {
      problems.push(`The field "${key}" is a ${existing.type}; the mapping defines it as a ${wanted.type}.`)
    } else if (existing !== null) {
      const grown = existing.core === undefined ? growOptions(existing, wanted?.options) : null
      if (grown !== null) define.push(grown)
      fields.set(key, grown === null ? existing : { ...existing, options: grown.options ?? [] })
    } else if (wanted !== undefined) {
      const { options, ...rest } = wanted
      const field = { key, ...rest, ...(options === undefined ? {} : { options }) }
      define.push(field)
      fields.set(key, { ...field, readOnly: false })
    }
  }
  if (
    mapping.identities.external_id === undefined &&
    mapping.identities.anonymous_id === undefined &&
    !fields.has('email')
  ) {
    problems.push('Nothing tells leads apart: map "identities.external_id" or the field "email".')
  }
  if (problems.length > 0) throw new ImportError('MAPPING_INVALID', problems)
  const read = new Set([...used, ...mapping.ignore])
  return { fields, define, unmapped: header.columns.filter((column) => !read.has(column)) }
}

/** The field with options that it lacks; null when it lacks none. */
function growOptions(field: Field, wanted: readonly string[] | undefined): CustomField | null {
  const { key, label, type, options } = field
  const fresh = (wanted ?? []).filter((option) => options !== undefined && !options.includes(option))
  return fresh.length === 0 ? null : { key, label, type, options: [...(options ?? []), ...fresh] }
}

function usedColumns(mapping: Mapping): string[] {
  const ofWhen = (when: Condition | undefined) => (when === undefined ? [] : columnsOf(when))
  return [
    ...Object.values(mapping.identities).flatMap((source) => (source === undefined ? [] : columnsOfSource(source))),
    ...Object.values(mapping.fields).flatMap(({ from }) => columnsOfSource(from)),
    ...[...mapping.stage, ...mapping.attention, ...mapping.suppressions].flatMap(({ when }) => ofWhen(when)),
    ...mapping.tags.flatMap((source) => ('tag' in source ? columnsOf(source.when) : [source.column])),
    ...mapping.events.flatMap((event) => [
      ...ofWhen(event.when),
      ...(typeof event.times === 'number' ? [] : [event.times.column]),
      ...('column' in event.at ? [event.at.column] : []),
      ...Object.values(event.properties).flatMap(columnsOfSource),
    ]),
  ]
}

function columnsOfSource(source: Source): string[] {
  if ('column' in source) return [source.column]
  if ('template' in source) return [...source.template.matchAll(/\{([^{}]+)\}/g)].map(([, column = '']) => column)
  if ('when' in source) return columnsOf(source.when)
  if ('choose' in source) return source.choose.flatMap(({ when }) => columnsOf(when))
  if ('collect' in source) return source.collect.flatMap(({ when }) => columnsOf(when))
  return []
}

function list(columns: readonly string[]): string {
  const shown = columns.slice(0, 50).map((column) => `"${column}"`)
  return columns.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}
