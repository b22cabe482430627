/** Turns the rows of one file into leads by a mapping. Pure: the same row and mapping give the same lead, for ever. */
import { createHash } from 'node:crypto'
import type { FieldValue, Instant, Json } from '#engine/facts.ts'
import { parseFieldValue, type Field } from '#engine/fields.ts'
import { durationToMs } from '#engine/schedule/duration.ts'
import type { Attention, ContactChannel, Stage } from '#engine/vocabulary.ts'
import { comparable, createRowReader, parseInstant, parseNumber, readableAs, type RowReader } from './cells.ts'
import type { Mapping, Source } from './mapping.ts'

/** A row, mapped: what the lead should be afterwards. */
export interface MappedLead {
  identities: { kind: 'email' | 'external_id' | 'anonymous_id'; value: string }[]
  /** Core and custom fields that the row knows something about; null = the row says it is unknown. */
  fields: Record<string, FieldValue>
  stage: Stage | null
  attention: Attention | null
  tags: string[]
  events: MappedEvent[]
  suppressions: { channel: ContactChannel; reason: string }[]
  /** True when the mapping's consent is this row's, too. */
  hasConsent: boolean
}

interface MappedEvent {
  type: string
  occurredAt: Instant
  properties: Record<string, Json>
  /** The same for the same lead and event on every import of this mapping. */
  dedupeKey: string
}

export type MappedRow = { kind: 'lead'; lead: MappedLead } | { kind: 'rejected'; reasons: string[] }

/** RFC 5321 §4.5.3.1 bounds the length; beyond one "@" and a dotted domain only a delivery attempt tells. */
const emailPattern = /^[^\s@<>(),;:"\\]{1,64}@[^\s@<>(),;:"\\]+\.[^\s@<>(),;:"\\.]{2,}$/u

/**
 * Prepares the mapping once and returns the function that maps each row of the file.
 * @param fields every field the mapping writes, by key
 */
export function createRowMapper(
  mapping: Mapping,
  columns: readonly string[],
  fields: ReadonlyMap<string, Field>,
): (cells: readonly string[]) => MappedRow {
  const reader = createRowReader(columns, mapping.unknown)
  const asOf = Date.parse(mapping.asOf)
  const values = createValueReader(reader)
  return (cells) => {
    if (cells.length !== columns.length) {
      return {
        kind: 'rejected',
        reasons: [`The row has ${String(cells.length)} cells where the header has ${String(columns.length)}.`],
      }
    }
    reader.setRow(cells)
    const reasons: string[] = []
    const known: MappedLead['fields'] = {}
    for (const [key, { from }] of Object.entries(mapping.fields)) {
      const result = values(from, fields.get(key) ?? plainText)
      if ('problem' in result) reasons.push(result.problem)
      else known[key] = result.value
    }
    const { email } = known
    if (typeof email === 'string' && (email.length > 254 || !emailPattern.test(email))) {
      reasons.push(`email: "${email}" is not an email address.`)
    }
    const identities = readIdentities(mapping, values, email)
    const [first] = identities
    if (first === undefined) reasons.push('The row has nothing to recognise the lead by: no external id and no email.')
    const stage = mapping.stage.find(({ when }) => when === undefined || reader.test(when))?.stage ?? null
    const attention = mapping.attention.find(({ when }) => when === undefined || reader.test(when))?.attention ?? null
    const tags = readTags(mapping, reader, reasons)
    const events = first === undefined ? [] : readEvents(mapping, reader, values, asOf, first.value, reasons)
    const suppressions = mapping.suppressions
      .filter(({ when }) => reader.test(when))
      .map(({ channel, reason }) => ({ channel, reason }))
    if (reasons.length > 0) return { kind: 'rejected', reasons }
    const { consent } = mapping
    const hasConsent = consent !== undefined && (consent.when === undefined || reader.test(consent.when))
    const lead = { identities, fields: known, stage, attention, tags, events, suppressions, hasConsent }
    return { kind: 'lead', lead }
  }
}

type ReadValue = (source: Source, field: Field) => { value: FieldValue } | { problem: string }

/** What event properties and identities are read as. */
const plainText: Field = { key: 'text', label: 'text', type: 'text', readOnly: false }

/** A source's value as the field wants it; unknown is null. */
function createValueReader(reader: RowReader): ReadValue {
  const renames = new WeakMap<object, Map<string, Json>>()
  return (source, field) => {
    if ('template' in source) return fit(fillTemplate(source.template, reader), field)
    if ('constant' in source) return fit(source.constant, field)
    if ('when' in source) return fit(reader.test(source.when), field)
    if ('collect' in source)
      return fit(
        source.collect.filter(({ when }) => reader.test(when)).map((one) => one.value),
        field,
      )
    if ('choose' in source) {
      const chosen = source.choose.find(({ when }) => reader.test(when))
      return fit(chosen === undefined ? (source.else ?? null) : chosen.value, field)
    }
    const text = reader.text(source.column)
    if (text === null) return { value: null }
    if (source.values !== undefined) {
      let table = renames.get(source)
      if (table === undefined) {
        table = new Map(Object.entries(source.values).map(([from, to]) => [comparable(from), to]))
        renames.set(source, table)
      }
      const renamed = table.get(text.toLowerCase())
      if (renamed !== undefined) return fit(renamed, field)
      if (source.else === 'unknown') return { value: null }
      if (source.else === 'reject') {
        return { problem: `"${text}" of column "${source.column}" is not among the values the mapping knows.` }
      }
    }
    return fit(readableAs(field.type, text, source), field)
  }
}

function fit(raw: Json, field: Field): ReturnType<ReadValue> {
  const result = parseFieldValue(field, raw)
  return result.ok ? { value: result.value } : { problem: result.message }
}

function fillTemplate(template: string, reader: RowReader): string | null {
  let isWhole = true
  const text = template.replaceAll(/\{([^{}]+)\}/g, (_, column: string) => {
    const cell = reader.text(column)
    isWhole &&= cell !== null
    return cell ?? ''
  })
  return isWhole ? text : null
}

function readIdentities(mapping: Mapping, values: ReadValue, email: FieldValue | undefined): MappedLead['identities'] {
  const identities: MappedLead['identities'] = []
  for (const kind of ['external_id', 'anonymous_id'] as const) {
    const source = mapping.identities[kind]
    const result = source === undefined ? null : values(source, plainText)
    if (result !== null && 'value' in result && typeof result.value === 'string')
      identities.push({ kind, value: result.value })
  }
  if (typeof email === 'string') identities.push({ kind: 'email', value: email })
  return identities
}

function readTags(mapping: Mapping, reader: RowReader, reasons: string[]): string[] {
  const tags = new Set<string>()
  for (const source of mapping.tags) {
    if ('tag' in source) {
      if (reader.test(source.when)) tags.add(source.tag)
      continue
    }
    const text = reader.text(source.column)
    if (text === null) continue
    const renamed = Object.entries(source.values).find(([from]) => comparable(from) === text.toLowerCase())
    if (renamed !== undefined) {
      if (renamed[1] !== null) tags.add(renamed[1])
    } else if (source.else === 'keep') tags.add(text.slice(0, 100))
    else if (source.else === 'reject')
      reasons.push(`tag: "${text}" of column "${source.column}" is not in the mapping's values.`)
  }
  return [...tags]
}

function readEvents(
  mapping: Mapping,
  reader: RowReader,
  values: ReadValue,
  asOf: Instant,
  leadKey: string,
  reasons: string[],
): MappedEvent[] {
  const events: MappedEvent[] = []
  for (const event of mapping.events) {
    if (event.when !== undefined && !reader.test(event.when)) continue
    const times =
      typeof event.times === 'number'
        ? event.times
        : Math.min(event.times.max, Math.floor(parseNumber(reader.text(event.times.column) ?? '0') ?? 0))
    const properties: Record<string, Json> = {}
    for (const [name, source] of Object.entries(event.properties)) {
      const result = 'constant' in source ? { value: source.constant } : values(source, plainText)
      if ('value' in result && result.value !== null) properties[name] = result.value
    }
    for (let index = 0; index < times; index += 1) {
      const dedupeKey = `import:${mapping.name}:${leadKey}:${event.id}:${String(index)}`
      const occurredAt = readInstant(event.at, reader, asOf, dedupeKey)
      if (occurredAt === null) {
        if ('column' in event.at && reader.text(event.at.column) !== null) {
          reasons.push(`event ${event.id}: "${String(reader.text(event.at.column))}" is not a date.`)
        }
        break
      }
      events.push({ type: event.type, occurredAt, properties, dedupeKey })
    }
  }
  return events
}

/** Null when the row knows no date: the event is then left out, since when it happened decides what it means. */
function readInstant(
  at: Mapping['events'][number]['at'],
  reader: RowReader,
  asOf: Instant,
  key: string,
): Instant | null {
  if ('column' in at) {
    const text = reader.text(at.column)
    return text === null ? null : parseInstant(text, at.dates)
  }
  if ('before' in at) return asOf - durationToMs(at.before)
  const [near, far] = at.between.map(durationToMs).sort((a, b) => a - b) as [number, number]
  return asOf - Math.round(near + (far - near) * share(key))
}

/** Uniform in [0, 1), the same for the same key for ever. */
function share(key: string): number {
  return createHash('sha256').update(key).digest().readUIntBE(0, 6) / 2 ** 48
}
