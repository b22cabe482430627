import { execFileSync } from 'node:child_process'
import type { Benchmark } from './benchmark.ts'

/** What a command pays before its first line runs: Node itself, against Node stripping types from one small file. */
export const interpreterStartup: Benchmark = {
  name: 'startup',
  run: () => {
    const file = new URL('./benchmark.ts', import.meta.url).pathname
    const bare = medianMs(() => execFileSync(process.execPath, ['-e', '0']))
    const typed = medianMs(() => execFileSync(process.execPath, [file]))
    return Promise.resolve([
      { name: 'startup', value: round(typed), unit: 'ms', comparedTo: `node -e 0: ${String(round(bare))} ms` },
    ])
  },
}

function medianMs(action: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now()
    action()
    return performance.now() - startedAt
  })
  return times.toSorted((one, other) => one - other)[2] ?? 0
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
