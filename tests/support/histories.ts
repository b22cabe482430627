/** Looks into Temporal's histories: what is stored, payloads included. */
import type { temporal } from '@temporalio/proto'

/** A payload as it is stored. */
export interface StoredPayload {
  /** Where in the history: `0.workflowExecutionStartedEventAttributes.input.payloads.0`. */
  path: string
  /** `json/plain`, or what a codec made of it. */
  encoding: string
  /** Its bytes as text. */
  text: string
}

/** Every payload inside a value of the API (events, descriptions), wherever it is. */
export function payloadsIn(value: unknown, path = ''): StoredPayload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const { metadata, data } = value as { metadata?: unknown; data?: unknown }
  if (data instanceof Uint8Array && typeof metadata === 'object' && metadata !== null) {
    const encoding = (metadata as Record<string, Uint8Array>)['encoding']
    return [{ path, encoding: textOf(encoding ?? new Uint8Array()), text: textOf(data) }]
  }
  return Object.entries(value).flatMap(([key, inner]) => payloadsIn(inner, path === '' ? key : `${path}.${key}`))
}

/** Everything a history says, as one text: its JSON and the decoded bytes of every payload. */
export function textOfHistory(history: temporal.api.history.v1.IHistory): string {
  const json = JSON.stringify(history, (_, value: unknown) => (value instanceof Uint8Array ? textOf(value) : value))
  return `${json}\n${payloadsIn(history.events)
    .map(({ text }) => text)
    .join('\n')}`
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
