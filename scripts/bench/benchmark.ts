/** One number of `npm run bench`, in the shape its JSON file has. */
export type BenchmarkRow = {
  name: string
  value: number
  /** e.g. `ms`, `leads/s`, `x` for a ratio. */
  unit: string
  /** What is promised, e.g. `<= 1.1`; absent when the number is only reported. */
  target?: string
  /** What the value was measured against on the same machine, in the same run. */
  comparedTo?: string
  /** Whether the target was reached; absent without a target. */
  met?: boolean
}

/** From the command line; each measurement has its own defaults. */
export type BenchmarkOptions = {
  /** Alternating rounds; the median of them is the result. */
  rounds?: number
  /** Leads per round, or of the whole measurement. */
  leads?: number
}

/** One measurement. `run` may return several rows; it must leave nothing running. */
export type Benchmark = { name: string; run: (options: BenchmarkOptions) => Promise<BenchmarkRow[]> }
