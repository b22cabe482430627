/** ISO 8601 durations as an amount and a unit, which is how people say them. */

export const durationUnits = ['minutes', 'hours', 'days', 'weeks', 'months', 'years'] as const
export type DurationUnit = (typeof durationUnits)[number]

interface Amount {
  amount: number
  unit: DurationUnit
}

const forms: Readonly<Record<DurationUnit, (amount: number) => string>> = {
  minutes: (amount) => `PT${String(amount)}M`,
  hours: (amount) => `PT${String(amount)}H`,
  days: (amount) => `P${String(amount)}D`,
  weeks: (amount) => `P${String(amount)}W`,
  months: (amount) => `P${String(amount)}M`,
  years: (amount) => `P${String(amount)}Y`,
}

const patterns: readonly [DurationUnit, RegExp][] = [
  ['minutes', /^PT(\d+)M$/],
  ['hours', /^PT(\d+)H$/],
  ['days', /^P(\d+)D$/],
  ['weeks', /^P(\d+)W$/],
  ['months', /^P(\d+)M$/],
  ['years', /^P(\d+)Y$/],
]

/** `P3D` → 3 days; null for one of several parts (`P1DT4H`) or none at all. */
export function readDuration(iso: string): Amount | null {
  for (const [unit, pattern] of patterns) {
    const digits = pattern.exec(iso)?.[1]
    if (digits !== undefined) return { amount: Number(digits), unit }
  }
  return null
}

export function writeDuration({ amount, unit }: Amount): string {
  return forms[unit](Math.max(0, Math.trunc(amount)))
}
