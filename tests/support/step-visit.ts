/** One lead at one step, without an interpreter: runs the step as often as asked and keeps what it remembers. */
import { evaluate } from '#engine/conditions/evaluate.ts'
import type { Facts, Instant, Json } from '#engine/facts.ts'
import { decideDelivery } from '#engine/gate/gate.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import { applyCommand } from '#engine/interpreter/apply-command.ts'
import { draw } from '#engine/interpreter/draw.ts'
import { assetSchema, emptyLibrary, type Asset, type Library } from '#engine/library.ts'
import type { Issue } from '#engine/issues.ts'
import type { Command, Outcome, StepContext, StepType } from '#engine/steps/contract.ts'
import type { z } from 'zod'
import { strangerFacts } from './stranger-facts.ts'

/** A Monday noon in winter time, UTC. */
export const monday = Date.parse('2026-03-02T12:00:00Z')
export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** A lead with every address, of which nothing else is known. */
export function aLead(facts: Partial<Facts> = {}): Facts {
  return {
    ...strangerFacts(),
    fields: {
      email: 'ada@example.org',
      address_line1: '1 Road',
      city: 'Town',
      postal_code: 'LS1 1AA',
      country: 'GB',
      ...facts.fields,
    },
    ...Object.fromEntries(Object.entries(facts).filter(([key]) => key !== 'fields')),
  }
}

/** A library of these assets in the pool `pool`, without caps. */
export function aLibrary(assets: z.input<typeof assetSchema>[] = [], more: Partial<Library> = {}): Library {
  const library = emptyLibrary()
  const parsed: Asset[] = assets.map((asset) => assetSchema.parse(asset))
  return {
    ...library,
    // Laws that protect individuals have tests of their own (tests/unit/compliance).
    policy: { ...library.policy, caps: [], leadsAre: 'businesses' },
    assets: Object.fromEntries(parsed.map((asset) => [asset.key, asset])),
    pools: { pool: { key: 'pool', name: 'Pool', assets: parsed.map(({ key }) => key) } },
    ...more,
  }
}

/** What a visit begins with; everything has a default. */
export interface Given {
  facts?: Facts
  library?: Library
  settings?: z.input<typeof settingsSchema>
  enteredAt?: Instant
  anchorAt?: Instant
  lastMessage?: string | null
  visit?: number
  stepId?: string
  zone?: string
  properties?: Record<string, Json>
  memory?: Json
}

export interface Visit {
  facts: Facts
  /** Looks at the step at an instant, applies what it asks for and keeps its memory. */
  run(now?: Instant): Outcome
  /** Looks without applying anything. */
  peek(now?: Instant): Outcome
}

/** Puts a lead on a step; `config` is what an author would write. */
export function visit<Config>(step: StepType<Config>, config: Record<string, unknown>, given: Given = {}): Visit {
  const { facts = aLead(), library = aLibrary(), enteredAt = monday, zone = 'UTC', stepId = 'step' } = given
  const number = given.visit ?? 1
  const key = `${stepId}:${number}`
  const settings: JourneySettings = settingsSchema.parse(given.settings ?? {})
  const parsed = step.config.parse(config)
  let memory: Json = given.memory ?? null
  const contextAt = (now: Instant): StepContext<Config> => ({
    config: parsed,
    key,
    stepId,
    visit: number,
    now,
    zone,
    enteredAt,
    anchorAt: given.anchorAt ?? enteredAt,
    lastMessage: given.lastMessage ?? null,
    enrollment: { id: 'enrollment', journeyId: 'journey', enteredAt, properties: given.properties ?? {} },
    settings,
    facts,
    library,
    memory,
    evaluate: (rule) => evaluate(rule, { facts, library, now, zone }),
    gate: (intent) => decideDelivery(intent, { facts, library, settings, zone }),
    draw: (salt) => draw(`${facts.leadId}:journey:${salt}`),
  })
  return {
    facts,
    peek: (now = enteredAt) => step.run(contextAt(now)),
    run: (now = enteredAt) => {
      const outcome = step.run(contextAt(now))
      for (const command of outcome.commands ?? []) applyCommand(facts, key, command, now)
      if (outcome.kind === 'rest') memory = outcome.memory
      return outcome
    },
  }
}

/** The port it leaves by; fails with the outcome otherwise. */
export function portOf(outcome: Outcome): string {
  if (outcome.kind !== 'leave') throw new Error(`Did not leave: ${JSON.stringify(outcome)}`)
  return outcome.port
}

/** When it looks again, in ISO; fails with the outcome when it does not rest. */
export function wakeOf(outcome: Outcome): string | null {
  if (outcome.kind !== 'rest') throw new Error(`Does not rest: ${JSON.stringify(outcome)}`)
  return outcome.wakeAt === null ? null : new Date(outcome.wakeAt).toISOString()
}

/** The outcome's only command of a kind. */
export function commandOf<Kind extends Command['kind']>(
  outcome: Outcome,
  kind: Kind,
): Extract<Command, { kind: Kind }> {
  const found = (outcome.commands ?? []).filter((command) => command.kind === kind)
  if (found.length !== 1) throw new Error(`Expected one "${kind}", got ${JSON.stringify(outcome.commands ?? [])}`)
  return found[0] as Extract<Command, { kind: Kind }>
}

/** `CODE path.to.field` for each problem the step's own check finds. */
export function problemsOf<Config>(
  step: StepType<Config>,
  config: Record<string, unknown>,
  library: Library = aLibrary(),
): string[] {
  const context = { nodeId: 'step', library, journeys: new Set(['other']), nodeIds: new Set(['step', 'target']) }
  const issues: Omit<Issue, 'nodeId'>[] = step.check?.(step.config.parse(config), context) ?? []
  return issues.map(({ code, path }) => `${code} ${path.join('.')}`)
}
