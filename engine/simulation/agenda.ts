/** What is going to happen, by instant; at one instant in the order it was put down. */
import type { Instant } from '../facts.ts'

interface Planned {
  at: Instant
  /** Tells whether anything came of it. */
  run(): void
}

export interface Agenda {
  add(at: Instant, run: () => void): void
  /** The earliest instant; null when nothing is planned. */
  nextAt(): Instant | null
  /** Takes out what is planned for this instant or earlier, in order. */
  takeUntil(at: Instant): Planned[]
}

/** A binary heap would win little: a lead has a handful of things before it. */
export function createAgenda(): Agenda {
  const planned: Planned[] = []
  return {
    add(at, run) {
      let index = planned.length
      while (index > 0 && (planned[index - 1]?.at ?? 0) > at) index -= 1
      planned.splice(index, 0, { at, run })
    },
    nextAt: () => planned[0]?.at ?? null,
    takeUntil(at) {
      const later = planned.findIndex((one) => one.at > at)
      return planned.splice(0, later === -1 ? planned.length : later)
    },
  }
}
