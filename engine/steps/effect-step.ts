/** Steps whose work leaves the database: they open an effect, rest on it and leave by its result. */
import type { Json } from '../facts.ts'
import { findField, parseFieldValue } from '../fields.ts'
import type { Library } from '../library.ts'
import type { Command, Outcome, StepContext } from './contract.ts'
import { lookUp } from './lookup.ts'

/** What to open, without its kind. */
export type EffectRequest = Omit<Extract<Command, { kind: 'open_effect' }>, 'kind'>

/**
 * What the outside world answered, as `effects.output` holds it. `fields` and `tags` are written to the lead when the step
 * leaves, in the same transaction.
 */
export interface EffectResult {
  output?: Json
  fields?: Record<string, Json>
  tags?: string[]
}

/**
 * First run: opens the effect and rests. Later: rests while it is open; done → leaves by the port its result names, with
 * what it changes on the lead; failed or cancelled → leaves by `error` (unwired, the interpreter parks the enrollment).
 */
export function runEffectStep(context: StepContext<unknown>, request: () => EffectRequest): Outcome {
  const { key, facts, library } = context
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
      return leaveWithResult(effect.port ?? 'next', effect.output, library)
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

function leaveWithResult(port: string, stored: Json, library: Library): Outcome {
  const { output = null, fields = {}, tags = [] } = (stored ?? {}) as EffectResult
  const refused: Record<string, Json> = {}
  const commands: Command[] = tags.map((tag) => ({ kind: 'add_tag', tag }))
  for (const [key, value] of Object.entries(fields)) {
    const field = findField(key, library)
    const parsed = field === null || field.readOnly ? null : parseFieldValue(field, value)
    // A field that is unknown, kept by Trellis or of another type is never written; the step log says so.
    if (parsed === null) refused[key] = 'This field cannot be written.'
    else if (parsed.ok) commands.push({ kind: 'set_field', field: key, value: parsed.value })
    else refused[key] = parsed.message
  }
  return {
    kind: 'leave',
    port,
    reason: 'The result is there.',
    detail: {
      ...(output === null ? {} : { output }),
      ...(Object.keys(refused).length === 0 ? {} : { refused }),
    },
    commands,
  }
}
