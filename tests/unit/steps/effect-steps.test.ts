import { describe, expect, test } from 'vitest'
import type { Json, OwnEffect } from '#engine/facts.ts'
import { webhook } from '#engine/steps/webhook.ts'
import { aLead, aLibrary, commandOf, monday, portOf, problemsOf, visit } from '#tests/support/step-visit.ts'

const config = { url: 'https://crm.example/hook', fields: ['email', 'company'], message: { source: 'trellis' } }

function ended(more: Partial<OwnEffect>): OwnEffect {
  return { status: 'done', port: 'next', output: null, error: null, at: monday, ...more }
}

describe('a step that leaves the database', () => {
  test('opens one effect and rests on it', () => {
    const step = visit(webhook, config)
    const outcome = step.run()
    expect(outcome).toMatchObject({ kind: 'rest', wakeAt: null, on: ['effect:step:1'] })
    expect(commandOf(outcome, 'open_effect')).toMatchObject({
      effectType: 'webhook',
      queue: 'custom',
      input: {
        url: config.url,
        payload: {
          leadId: 'lead-1',
          stepId: 'step',
          visit: 1,
          fields: { email: 'ada@example.org', company: null },
          source: 'trellis',
        },
      },
    })
    expect(step.run(monday + 1)).toMatchObject({ kind: 'rest' })
    expect(step.run(monday + 1).commands ?? []).toEqual([])
  })

  test('leaves by the port of the result', () => {
    const facts = aLead()
    facts.own.effects['step:1'] = ended({ port: 'next', output: { output: { status: 204 } } })
    expect(visit(webhook, config, { facts }).run()).toMatchObject({ port: 'next', detail: { output: { status: 204 } } })
  })

  test('writes the fields and tags of the result that may be written, and says which may not', () => {
    const library = aLibrary([], { fields: { size: { key: 'size', label: 'Size', type: 'number' } } })
    const output: Json = { fields: { size: '42', stage: 'customer', nothing: 1, city: 'Bern' }, tags: ['enriched'] }
    const facts = aLead()
    facts.own.effects['step:1'] = ended({ output })
    const outcome = visit(webhook, config, { facts, library }).run()
    expect(outcome.commands).toEqual([
      { kind: 'add_tag', tag: 'enriched' },
      { kind: 'set_field', field: 'size', value: 42 },
      { kind: 'set_field', field: 'city', value: 'Bern' },
    ])
    expect(outcome).toMatchObject({ detail: { refused: { stage: expect.any(String), nothing: expect.any(String) } } })
  })

  test('a failed or cancelled one leaves by error', () => {
    const facts = aLead()
    facts.own.effects['step:1'] = ended({
      status: 'failed',
      error: { code: 'WEBHOOK_REFUSED', message: 'answered 404' },
    })
    expect(visit(webhook, config, { facts }).run()).toMatchObject({
      port: 'error',
      detail: { code: 'WEBHOOK_REFUSED' },
    })
    facts.own.effects['step:1'] = ended({ status: 'cancelled' })
    expect(portOf(visit(webhook, config, { facts }).run())).toBe('error')
  })

  test('only http addresses and known fields', () => {
    for (const url of ['ftp://x.example', 'javascript:alert(1)', 'x.example', '']) {
      expect(webhook.config.safeParse({ url }).success).toBe(false)
    }
    expect(problemsOf(webhook, { url: config.url, fields: ['email', 'nothing'] })).toEqual(['FIELD_UNKNOWN fields.1'])
  })
})
