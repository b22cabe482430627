/** Where a step goes that is added at a row of the outline. */
import { edgeFrom, type JourneyDocument, type PortsOf } from '#engine/graph/document.ts'
import type { EdgeSelection } from '../store.ts'
import type { OutlineRow } from './rows.ts'

/** The way behind the row: its first way on that leads nowhere yet, else its first; null after an end and at notes. */
export function wayAfter(document: JourneyDocument, row: OutlineRow, portsOf: PortsOf): EdgeSelection | null {
  if (row.kind === 'note') return null
  if (row.kind !== 'step') return { from: row.way.from, port: row.way.port }
  const ports = portsOf(row.node)
  const free = ports.length > 1 ? ports.find(({ id }) => edgeFrom(document, row.node.id, id) === undefined) : undefined
  const port = free ?? ports[0]
  return port === undefined ? null : { from: row.node.id, port: port.id }
}

/** The way that leads to the row; null at the beginning of one. */
export function wayBefore(row: OutlineRow): EdgeSelection | null {
  return row.kind === 'note' || row.way === null ? null : { from: row.way.from, port: row.way.port }
}
