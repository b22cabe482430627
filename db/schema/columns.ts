/** Column shorthands used by every table. Instants are `timestamptz(3)`: milliseconds, as the engine counts. */
import { timestamp } from 'drizzle-orm/pg-core'

/** An instant; read and written as a JavaScript `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
