import { describe, expect, test } from 'vitest'
import { branch } from '#engine/steps/branch.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import { drawnPorts } from '#engine/steps/drawn-ports.ts'

describe('ways out that are drawn', () => {
  test.each(builtInSteps.map((step) => [step.type, step] as const))(
    '%s: a step that was just added has the ways out it will have',
    (_, step) => {
      const drawn = drawnPorts(step, { config: step.starter ?? {} })
      if (['exit', 'goal'].includes(step.type)) expect(drawn).toEqual([])
      else expect(drawn.length).toBeGreaterThan(0)
      // What is optional or named there is, too: not the stand-in of a type nobody knows.
      if (step.type === 'escalate_to_call') expect(drawn.length).toBeGreaterThan(2)
      if (step.type.startsWith('branch'))
        expect(drawn.map(({ id }) => id)).toEqual(expect.arrayContaining(['case:a', 'else']))
    },
  )

  test('a branch with an unfinished case keeps all of them', () => {
    const config = {
      cases: [
        { id: 'vip', when: { kind: 'always' } },
        { id: 'new', name: 'New' },
      ],
    }
    expect(drawnPorts(branch, { config }).map(({ id }) => id)).toEqual(['case:vip', 'case:new', 'else'])
  })

  test('settings that make no sense, and types nobody knows, have one way on', () => {
    expect(drawnPorts(branch, { config: { cases: 7 } }).map(({ id }) => id)).toEqual(['case:a', 'else'])
    expect(drawnPorts(undefined, { config: {} }).map(({ id }) => id)).toEqual(['next'])
  })
})
