/** Steps whose work leaves the database: they open an effect, rest on it and leave by its result. */
import type { Json } from '../facts.ts'
import type { Command, Outcome, StepContext } from './contract.ts'
import { lookUp } from './lookup.ts'

/** What to open, without its kind. */
export type EffectRequest = Omit<Extract<Command, { kind: 'open_effect' }>, 'kind'>

/**
 * First run: opens the effect and rests. Later: rests while it is open; done → leaves by the port its result names, with
 * the output as detail; failed or cancelled → leaves by `error` (unwired, the interpreter parks the enrollment).
 */
export function runEffectStep(context: StepContext<unknown>, request: () => EffectRequest): Outcome {
  const { key, facts } = context
  const effect = lookUp(facts.own.effects, key)
  const rest: Outcome = {
    kind: 'rest',
    wakeAt: null,
    on: [`effect:${key}`],
    memory: null,
    reason: 'Waits for a result from outside.',
  }
  if (effect === undefined) return { ...rest, commands: [{ kind: 'open_effect', ...request() }] }
  switch (effect.status) {
    case 'open':
      return rest
    case 'done':
      return {
        kind: 'leave',
        port: effect.port ?? 'next',
        reason: 'The result is there.',
        detail: resultDetail(effect.output),
      }
    case 'failed':
      return {
        kind: 'leave',
        port: 'error',
        reason: `It failed: ${effect.error?.code ?? 'unknown'}.`,
        detail: { code: effect.error?.code ?? null, message: effect.error?.message ?? null },
      }
    case 'cancelled':
      return { kind: 'leave', port: 'error', reason: 'It was cancelled.' }
  }
}

function resultDetail(output: Json): Json {
  return output === null ? {} : { output }
}
