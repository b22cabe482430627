/** The thread in which test cases are played: takes jobs, answers each, knows no database. */
import { parentPort } from 'node:worker_threads'
import { z } from 'zod'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { runEffectStep } from '#engine/steps/effect-step.ts'
import type { CaseJob, CaseReply, CustomHalf } from './play-test-cases.ts'
import { runTestCases } from './run-test-cases.ts'

const port = parentPort
port?.on('message', ({ id, definition, library, journey, custom, cases }: CaseJob) => {
  const registry = createStepRegistry(custom.map(toStepType))
  const ground = { definition, library, journey, stepType: (type: string) => registry.get(type) }
  const reply: CaseReply = { id, results: runTestCases(ground, cases) }
  port.postMessage(reply)
})

/** What a rehearsal needs of a custom step: it rests on its effect, whose result is drawn as the step declares. */
function toStepType({ type, ports, simulate, attempts }: CustomHalf): StepType {
  return {
    type,
    version: 1,
    title: type,
    category: 'custom',
    icon: 'plug',
    description: '',
    synonyms: [],
    config: z.record(z.string(), z.unknown()),
    ports: () => ports,
    summary: () => '',
    rests: () => true,
    ...(simulate === undefined ? {} : { simulate }),
    ...(attempts === undefined ? {} : { attempts }),
    run: (context) =>
      runEffectStep(context, () => ({
        effectType: type,
        queue: 'custom',
        input: null,
        timeoutMs: 60_000,
        heartbeatMs: null,
        maxAttempts: 1,
      })),
  }
}
