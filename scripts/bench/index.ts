import type { Benchmark } from './benchmark.ts'
import { compileTime } from './compile.ts'
import { leadCpu } from './lead-cpu.ts'
import { interpreterStartup } from './startup.ts'

/** Every measurement of `npm run bench`, in the order it runs. One file each, added here. */
export const benchmarks: readonly Benchmark[] = [interpreterStartup, compileTime, leadCpu]
