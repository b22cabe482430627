import type { Benchmark } from './benchmark.ts'
import { burst } from './burst.ts'
import { compileTime } from './compile.ts'
import { enrolment } from './enrolment.ts'
import { fridayQuery } from './friday.ts'
import { historyEvents } from './history-events.ts'
import { ingest } from './ingest.ts'
import { leadCpu } from './lead-cpu.ts'
import { mailroom } from './mailroom.ts'
import { poison } from './poison.ts'
import { redirect } from './redirect.ts'
import { simulation } from './simulate.ts'
import { sleeping } from './sleeping.ts'
import { interpreterStartup } from './startup.ts'

/** Every measurement of `npm run bench`, in the order it runs. One file each, added here. */
export const benchmarks: readonly Benchmark[] = [
  interpreterStartup,
  compileTime,
  simulation,
  historyEvents,
  leadCpu,
  enrolment,
  fridayQuery,
  ingest,
  mailroom,
  burst,
  poison,
  redirect,
  sleeping,
]
