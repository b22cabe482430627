import { findFreePortFrom, isPortFree } from './ports.ts'

/** What decides the port of an embedded server, strongest first. */
export type PortWishes = {
  /** Shown to people, e.g. `Postgres`. */
  name: string
  /** The variable that sets it, e.g. `POSTGRES_PORT`. */
  variable: string
  configured: number | undefined
  remembered: number | undefined
  /** Where to begin looking when nothing is wished for. */
  first: number
}

/**
 * The port for an embedded server: the configured one, else the one of last time, else the next free one.
 *
 * @throws {Error} when the configured port is taken; it names the port and the variable.
 */
export async function choosePort(wishes: PortWishes): Promise<number> {
  const { name, variable, configured, remembered, first } = wishes
  if (configured !== undefined) {
    if (await isPortFree(configured)) return configured
    throw new Error(
      `Port ${String(configured)}, wanted for ${name} by ${variable}, is in use by another program. ` +
        `Stop that program, set ${variable} to another port, or unset it to have a free one chosen.`,
    )
  }
  if (remembered !== undefined && (await isPortFree(remembered))) return remembered
  return findFreePortFrom(first)
}
