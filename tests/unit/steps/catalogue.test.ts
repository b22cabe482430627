import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { builtInSteps, createStepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { leastConfigs } from '#scripts/step-docs/samples.ts'

type Schema = {
  properties?: Record<string, Schema>
  title?: string
  description?: string
  additionalProperties?: unknown
}

describe.each(builtInSteps.map((step) => [step.type, step] as const))('%s', (type, step: StepType) => {
  test('is described by a JSON Schema whose every field has a title and a description', () => {
    const schema = z.toJSONSchema(step.config, { io: 'input', unrepresentable: 'throw' }) as Schema
    expect(schema.additionalProperties).toBe(false)
    if (type === 'entry') return
    for (const field of Object.values(schema.properties ?? {})) {
      expect(field.title).toMatch(/^[A-Z]/)
      expect(field.description).toMatch(/\S/)
    }
  })

  test('has ports with distinct ids and a summary for the least possible config', () => {
    const config = step.config.parse(leastConfigs[type] ?? {})
    const ports = step.ports(config)
    expect(new Set(ports.map(({ id }) => id)).size).toBe(ports.length)
    for (const { id, label } of ports) {
      expect(id).toMatch(/^[A-Za-z0-9_:-]{1,64}$/)
      expect(label).not.toBe('')
    }
    expect(step.summary(config)).toMatch(/\S/)
    expect(step.description).toMatch(/\.$/)
    expect(step.icon).toMatch(/^[a-z0-9-]+$/)
  })

  test('reads its own stored config again, unchanged', () => {
    const config = step.config.parse(leastConfigs[type] ?? {})
    expect(step.config.parse(JSON.parse(JSON.stringify(config)))).toEqual(config)
  })

  test('refuses settings it does not know', () => {
    expect(step.config.safeParse({ ...leastConfigs[type], surprise: 1 }).success).toBe(false)
  })

  test('simulates by ports it has', () => {
    const config = step.config.parse(leastConfigs[type] ?? {})
    const ids = step.ports({ ...(config as object), waitForOutcome: true }).map(({ id }) => id)
    for (const { port } of step.simulate ?? []) expect(ids).toContain(port)
  })
})

test('two step types of one name are refused', () => {
  const [first] = builtInSteps
  if (first === undefined) throw new Error('no steps')
  expect(() => createStepRegistry([first])).toThrow('"entry" exists twice')
  expect(createStepRegistry().get('constructor')).toBeUndefined()
  expect(
    createStepRegistry()
      .all()
      .map(({ type }) => type),
  ).toEqual(builtInSteps.map(({ type }) => type))
})
