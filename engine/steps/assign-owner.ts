/** Give the lead to a salesperson. */
import { z } from 'zod'
import type { Json } from '../facts.ts'
import { defineStep, type Outcome } from './contract.ts'
import { lookUp } from './lookup.ts'

const configSchema = z.strictObject({
  owners: z
    .array(
      z.strictObject({
        id: z
          .string()
          .min(1)
          .max(200)
          .meta({
            title: 'Person',
            description: 'Becomes the owner of the lead.',
            picks: 'person',
            ui: { half: true },
          }),
        weight: z
          .number()
          .min(0)
          .max(1000)
          .default(1)
          .meta({
            title: 'Share',
            description: 'Twice the share, twice as often. 0 = none for now.',
            ui: { half: true },
          }),
      }),
    )
    .min(1, 'At least one person is needed.')
    .max(500)
    .meta({
      title: 'People',
      description: 'They get leads in turn; who is away or has no room is left out.',
      ui: { entry: 'person' },
    }),
  keepExisting: z
    .boolean()
    .default(true)
    .meta({ title: 'Keep an owner', description: 'A lead that has an owner keeps it.' }),
})
type Config = z.infer<typeof configSchema>

/**
 * Divides leads among people in turn: whoever is there (not away, active), has room (open tasks below the capacity) and
 * was given something longest ago; twice the share, twice as often. Who that is must be decided where people and their
 * tasks are locked, so the step asks and looks again in the same turn. Names that no person here has are drawn by their
 * shares, the same lead always to the same name.
 */
export const assignOwner = defineStep<Config>({
  type: 'assign_owner',
  version: 1,
  title: 'Assign owner',
  category: 'sales',
  icon: 'user-share',
  description: 'Gives the lead to one of several people: in turn, by who is there and has room.',
  synonyms: ['round robin', 'salesperson', 'route', 'distribute'],
  config: configSchema,
  ports: () => [
    { id: 'next', label: 'Next' },
    { id: 'nobody', label: 'Nobody is free', optional: true },
  ],
  summary: ({ owners }) =>
    owners.length === 1 ? `Owner: ${owners[0]?.id ?? ''}` : `Owner: one of ${owners.length} people`,
  rests: () => false,
  run: ({ config: { owners, keepExisting }, facts, key, stepId, draw, memory }) => {
    const found = lookUp(facts.own.effects, key)
    if (found !== undefined) return leaveBy(found.output)
    const current = facts.fields['owner_id']
    const owner = typeof current === 'string' && current !== '' ? current : null
    if (memory !== asked && keepExisting && owner !== null)
      return { kind: 'leave', port: 'next', reason: `Keeps its owner ${owner}.` }
    const among = owners.filter(({ weight }) => weight > 0)
    if (among.length === 0) return { kind: 'leave', port: 'nobody', reason: 'Nobody takes leads at the moment.' }
    const drawn = drawByShare(among, draw(`owner:${stepId}`))
    return {
      kind: 'rest',
      wakeAt: null,
      on: [`effect:${key}`],
      memory: asked,
      reason: 'Waits for its owner.',
      ...(memory === asked ? {} : { commands: [{ kind: 'assign_owner', among, drawn }] }),
    }
  },
})

/** What the turn found: kept as the result of this visit. */
function leaveBy(output: Json): Outcome {
  const { owner = null, reason = null } = (typeof output === 'object' && !Array.isArray(output) ? output : null) ?? {}
  return typeof owner === 'string'
    ? { kind: 'leave', port: 'next', reason: `Given to ${owner}.` }
    : { kind: 'leave', port: 'nobody', reason: typeof reason === 'string' ? reason : 'Nobody is free.' }
}

/** Kept while the turn finds somebody. */
const asked = 'asked'

function drawByShare(among: Config['owners'], drawn: number): string | null {
  let at = drawn * among.reduce((sum, { weight }) => sum + weight, 0)
  return among.find(({ weight }) => (at -= weight) < 0)?.id ?? null
}
