/** Time spans in people's words. */
import { language } from '../../ui/words.ts'

const units: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** `2 d 4 h`, `35 min`, `0 s`: the two largest units that say something. */
export function formatDuration(ms: number): string {
  const rounded = ms < 60_000 ? Math.round(ms / 1000) * 1000 : Math.round(ms / 60_000) * 60_000
  const first = units.findIndex(([, size]) => rounded >= size)
  if (first < 0) return '0 s'
  const parts: string[] = []
  let rest = rounded
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${String(count)} ${name}`)
  }
  return parts.join(' ')
}

const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })

/** `62.5 %`; a dash of nothing. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '–'
  const share = part / whole
  // A few of very many are not none, and nearly all are not all.
  if (share > 0 && share < 0.0005) return `<${percent.format(0.001)}`
  return percent.format(share)
}
