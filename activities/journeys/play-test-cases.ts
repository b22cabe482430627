/**
 * Plays test cases in a thread of their own: two hundred of them take seconds, and whoever asks shares its event loop with
 * every other request. One thread, started when it is needed and ended when it has been idle.
 */
import { Worker } from 'node:worker_threads'
import type { Definition } from '#engine/definition/types.ts'
import type { Library } from '#engine/library.ts'
import type { Expectations, TestCaseInput } from '#engine/simulation/schemas.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import type { Port, StepType } from '#engine/steps/contract.ts'
import type { TestCaseResult } from './run-test-cases.ts'

/** What of a custom step crosses over: its code stays where it is. */
export type CustomHalf = Pick<StepType, 'type' | 'simulate' | 'attempts'> & { ports: Port[] }

interface PlayedCase {
  id: string
  name: string
  input: TestCaseInput
  expectations: Expectations
}

export interface CaseJob {
  id: number
  definition: Definition
  library: Library
  journey: { id: string; key: string }
  custom: CustomHalf[]
  cases: PlayedCase[]
}

export interface CaseReply {
  id: number
  results: TestCaseResult[]
}

const idleMs = 300_000
/** A case that runs away does not hold a publish up for ever. */
const longestMs = 60_000

interface Waiting {
  cases: readonly PlayedCase[]
  settle: (results: TestCaseResult[]) => void
  timer: NodeJS.Timeout
}

let worker: Worker | null = null
let idle: NodeJS.Timeout | undefined
let last = 0
const waiting = new Map<number, Waiting>()

/** As `runTestCases`, elsewhere. Never rejects: a case that cannot be played has failed, with the reason. */
export function playTestCases(
  { definition, library, journey, registry }: Omit<CaseJob, 'id' | 'custom' | 'cases'> & { registry: StepRegistry },
  cases: readonly PlayedCase[],
): Promise<TestCaseResult[]> {
  if (cases.length === 0) return Promise.resolve([])
  const { promise, resolve } = Promise.withResolvers<TestCaseResult[]>()
  const id = (last += 1)
  const timer = setTimeout(() => fail(`they took longer than ${String(longestMs / 1000)} seconds`), longestMs)
  waiting.set(id, { cases, settle: resolve, timer })
  const job: CaseJob = {
    id,
    definition,
    library,
    journey: { id: journey.id, key: journey.key },
    custom: customHalves(definition, registry),
    cases: cases.map(({ id: caseId, name, input, expectations }) => ({ id: caseId, name, input, expectations })),
  }
  clearTimeout(idle)
  try {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread().postMessage(job)
  } catch (error) {
    settle(id, failed(cases, error instanceof Error ? error.message : String(error)))
  }
  return promise
}

function thread(): Worker {
  if (worker !== null) return worker
  const started = new Worker(new URL('case-worker.ts', import.meta.url))
  // A process that is done does not wait for it.
  started.unref()
  started.on('message', ({ id, results }: CaseReply) => settle(id, results))
  started.on('error', (error) => fail(error.message))
  worker = started
  return started
}

function settle(id: number, results: TestCaseResult[]): void {
  const job = waiting.get(id)
  if (job === undefined) return
  waiting.delete(id)
  clearTimeout(job.timer)
  job.settle(results)
  if (waiting.size > 0) return
  clearTimeout(idle)
  idle = setTimeout(stop, idleMs).unref()
}

/** Everything that waits is answered, and the next job gets a new thread. */
function fail(why: string): void {
  stop()
  for (const [id, { cases }] of waiting) settle(id, failed(cases, why))
}

function failed(cases: readonly PlayedCase[], why: string): TestCaseResult[] {
  return cases.map(({ id, name }) => ({ id, name, passed: false, differences: [`It cannot be played: ${why}.`] }))
}

function stop(): void {
  void worker?.terminate()
  worker = null
}

const builtIn = new Set(builtInSteps.map(({ type }) => type))

function customHalves(definition: Definition, registry: StepRegistry): CustomHalf[] {
  const steps = new Map(Object.values(definition.steps).map((step) => [step.type, step]))
  return [...steps].flatMap(([type, { config }]): CustomHalf[] => {
    const step = builtIn.has(type) ? undefined : registry.get(type)
    if (step === undefined) return []
    const { simulate, attempts } = step
    // Only built-in steps have other ways out by their settings.
    const ports = step.ports(config).map(({ id, label }) => ({ id, label }))
    return [
      {
        type,
        ports,
        ...(simulate === undefined ? {} : { simulate }),
        ...(attempts === undefined ? {} : { attempts }),
      },
    ]
  })
}
