import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { builtInSteps, createStepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'

type Schema = {
  properties?: Record<string, Schema>
  title?: string
  description?: string
  additionalProperties?: unknown
}

/** The least an author must write; everything else has a default. */
const least: Record<string, Record<string, unknown>> = {
  entry: { triggers: [{ id: 'manual', kind: 'manual' }] },
  send_email: { subject: 'A', body: 'B' },
  send_postcard: { headline: 'A', body: 'B' },
  send_asset: { pool: 'pool' },
  invite: { pool: 'pool' },
  notify: { message: 'A' },
  wait_until_date: { field: 'birthday' },
  wait_for_event: { event: 'clicked' },
  wait_for_rule: { rule: { kind: 'always' } },
  branch: { cases: [{ id: 'a', when: { kind: 'always' } }] },
  go_to: { target: 'a' },
  send_survey: { survey: 'why' },
  ask_question: { survey: 'why' },
  branch_on_answer: { survey: 'why', question: 'a', cases: [{ id: 'a', values: ['a'] }] },
  escalate_to_call: { reason: 'A' },
  create_task: { title: 'A' },
  assign_owner: { owners: [{ id: 'eva' }] },
  set_field: { field: 'company' },
  add_tag: { tag: 'a' },
  remove_tag: { tag: 'a' },
  set_consent: { wording: 'A' },
  enroll_in: { journey: 'a' },
  leave_journey: { journey: 'a' },
  record_event: { event: 'a' },
  webhook: { url: 'https://x.example' },
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
    const config = step.config.parse(least[type] ?? {})
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
    const config = step.config.parse(least[type] ?? {})
    expect(step.config.parse(JSON.parse(JSON.stringify(config)))).toEqual(config)
  })

  test('refuses settings it does not know', () => {
    expect(step.config.safeParse({ ...least[type], surprise: 1 }).success).toBe(false)
  })

  test('simulates by ports it has', () => {
    const config = step.config.parse(least[type] ?? {})
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
