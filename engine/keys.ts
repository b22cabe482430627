/** How things of the library are named. */
import { z } from 'zod'

/** A stable name that journeys, links and events refer to. */
export const keySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'Keys are lower-case letters, digits, "-" and "_".')
