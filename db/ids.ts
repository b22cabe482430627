import { v7 } from 'uuid'

/** A new row id: UUID version 7, so that ids sort by creation and indexes stay compact (RFC 9562 §5.7). */
export function newId(): string {
  return v7()
}
