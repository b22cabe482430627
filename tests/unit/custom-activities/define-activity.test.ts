import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ActivityDefinitionError } from '#activities/activity-manifest.ts'
import type { ActivityDefinition } from '#activities/custom-activity.ts'
import { ActivityFailure, defineActivity } from '#activities/define-activity.ts'
import { performerOf } from '#activities/effects/performer.ts'
import { maxOutputBytes, toStoredResult } from '#activities/effects/stored-result.ts'
import { runActivityAlone } from '#activities/testing.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { commandOf, problemsOf, visit } from '#tests/support/step-visit.ts'

const configSchema = z.strictObject({ domain: z.string().default('acme.example').meta({ title: 'Domain' }) })
const definition: ActivityDefinition<z.infer<typeof configSchema>> = {
  type: 'look_up',
  title: 'Look up',
  description: 'Looks something up.',
  config: configSchema,
  ports: [
    { id: 'found', label: 'Found' },
    { id: 'missing', label: 'Missing' },
  ],
  summary: 'Look up {domain}{nothing}',
  timeout: 'PT1M',
  perform: async () => ({ port: 'missing' }),
}

/** The problems that keep a changed definition out. */
function problemsWith(change: object): readonly string[] {
  try {
    defineActivity({ ...definition, ...change } as typeof definition)
    return []
  } catch (error) {
    if (!(error instanceof ActivityDefinitionError)) throw error
    return error.problems
  }
}

describe('defineActivity()', () => {
  test('makes a step that opens an effect of its type', () => {
    const { step } = defineActivity(definition)
    const outcome = visit(step, {}, { properties: { source: 'fair' } }).run()
    expect(commandOf(outcome, 'open_effect')).toEqual({
      kind: 'open_effect',
      effectType: 'look_up',
      queue: 'custom',
      input: { config: { domain: 'acme.example' }, entry: { source: 'fair' } },
      timeoutMs: 60_000,
      heartbeatMs: 15_000,
      maxAttempts: 5,
    })
    expect(step.ports({ domain: '' }).map(({ id }) => id)).toEqual(['found', 'missing', 'error'])
    expect(step.summary({ domain: 'x.example' })).toBe('Look up x.example')
    expect(createStepRegistry([step]).get('look_up')).toBe(step)
  })

  test('gives the browser a manifest that is nothing but data', () => {
    const { manifest } = defineActivity(definition)
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest)
    expect(manifest.schema).toMatchObject({
      properties: { domain: { type: 'string', title: 'Domain', default: 'acme.example' } },
    })
  })

  test('its own check reports at the place in the config', () => {
    const { step } = defineActivity({ ...definition, check: () => [{ path: ['domain'], message: 'No.' }] })
    expect(problemsOf(step, {})).toEqual(['STEP_CONFIG_INVALID domain'])
  })

  test.each([
    ['a date', { config: z.strictObject({ at: z.date() }) }, 'config:'],
    ['a transform', { config: z.strictObject({ n: z.string().transform(Number) }) }, 'config:'],
    ['a function', { config: z.strictObject({ f: z.custom<() => void>() }) }, 'config:'],
    ['no object', { config: z.string() }, 'config: must be an object'],
    ['computed ports', { ports: () => [{ id: 'a', label: 'A' }] }, 'ports: must be a list'],
    ['two ports of one id', { ports: [definition.ports?.[0], definition.ports?.[0]] }, 'ports: two have the same id'],
    [
      'a port that is simulated but not there',
      { simulate: [{ port: 'gone', weight: 1 }] },
      'simulate: there is no port "gone"',
    ],
    ['a bad type', { type: 'Look-Up' }, 'type: must be lower-case'],
    ['a timeout of nothing', { timeout: 'PT0S' }, 'timeout: must let some time pass'],
    ['a timeout in words', { timeout: '30 seconds' }, 'timeout:'],
    ['no perform', { perform: undefined }, 'perform: must be'],
  ])('refuses %s, saying so', (_, change, words) => {
    expect(problemsWith(change).join('\n')).toContain(words)
  })

  test('names every problem at once', () => {
    expect(problemsWith({ type: 'X', timeout: 'PT0S', config: z.strictObject({ at: z.date() }) })).toHaveLength(3)
  })
})

describe('results', () => {
  test('the first port is taken when none is named', () => {
    expect(toStoredResult(undefined, ['found', 'error'])).toEqual({ port: 'found', output: {} })
  })

  test('texts that Postgres cannot hold are cleaned, at any depth, keys too', () => {
    const { output } = toStoredResult({ output: { 'a\0': ['b\0', { c: '\ud800' }] } }, ['next'])
    expect(output).toEqual({ output: { a: ['b', { c: '\ufffd' }] } })
  })

  test('64 KB are stored, a byte more is refused', () => {
    const room = maxOutputBytes - JSON.stringify({ output: '' }).length
    expect(toStoredResult({ output: 'x'.repeat(room) }, ['next']).port).toBe('next')
    expect(() => toStoredResult({ output: 'x'.repeat(room + 1) }, ['next'])).toThrow('at most 65536')
    expect(() => toStoredResult({ output: 'é'.repeat(room / 2 + 1) }, ['next'])).toThrow('at most 65536')
  })

  test('what is not JSON and tags that are none are refused for good', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    for (const result of [{ output: 1n }, { output: circular }, { tags: [''] }, { tags: 'vip' }]) {
      expect(() => toStoredResult(result as never, ['next'])).toThrow(
        expect.objectContaining({ code: 'EFFECT_OUTPUT_INVALID', retry: false }),
      )
    }
  })
})

describe('test leads', () => {
  test('take the likeliest simulated way, unless the activity is to be performed for them', () => {
    const simulate = [
      { port: 'missing', weight: 1 },
      { port: 'found', weight: 9 },
    ]
    expect(performerOf(defineActivity({ ...definition, simulate }) as never).testPort).toBe('found')
    expect(performerOf(defineActivity({ ...definition, testLeads: 'perform' }) as never).testPort).toBeNull()
  })
})

describe('runActivityAlone()', () => {
  test('hands over only the fields that were asked for, and collects what happens', async () => {
    const activity = defineActivity({
      ...definition,
      needs: { fields: ['email'] },
      perform: async (context, config) => {
        context.heartbeat(3)
        context.log.info('Here')
        return {
          port: 'found',
          output: { ...config, lead: context.lead.fields },
          fields: { company: 'Acme' },
          tags: ['a'],
        }
      },
    })
    const lead = { fields: { email: 'ada@acme.example', phone: '1' } }
    expect(await runActivityAlone(activity, { lead, config: { domain: 'x.example' } })).toEqual({
      port: 'found',
      fields: { company: 'Acme' },
      tags: ['a'],
      output: { domain: 'x.example', lead: { email: 'ada@acme.example' } },
      progress: [3],
      logged: ['Here'],
    })
  })

  test('refuses what a worker would refuse', async () => {
    await expect(runActivityAlone(defineActivity(definition), { config: { surprise: 1 } })).rejects.toThrow('surprise')
    const lost = defineActivity({ ...definition, perform: async () => ({ port: 'nowhere' }) })
    await expect(runActivityAlone(lost)).rejects.toMatchObject({ code: 'EFFECT_PORT_UNKNOWN' })
  })
})

test('a failure keeps its code only when it is a code', () => {
  expect(new ActivityFailure('CRM_DOWN', 'x').code).toBe('CRM_DOWN')
  expect(new ActivityFailure('mail ada@example.org', 'x').code).toBe('ACTIVITY_FAILED')
})
