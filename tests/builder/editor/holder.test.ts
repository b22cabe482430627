import { describe, expect, test } from 'vitest'
import type { Editor } from '#server/contract/journey-stream.ts'
import { holderOf } from '../../../builder/src/editor/presence/holder.ts'

const at = (tab: string, second: number, more: Partial<Editor> = {}): Editor => ({
  tab,
  actor: `user:${tab}`,
  name: tab,
  step: 'mail',
  mode: 'edit',
  since: `2026-11-23T09:00:0${String(second)}.000Z`,
  ...more,
})

describe('whoever came to a step first', () => {
  test('holds it against who came later, also against a page the server has not heard of there', () => {
    const [ada, ben] = [at('ada', 1), at('ben', 2)]
    expect(holderOf('mail', [ada], ben)).toBe(ada)
    expect(holderOf('mail', [ben], ada)).toBeNull()
    expect(holderOf('mail', [ada], undefined)).toBe(ada)
    expect(holderOf('mail', [ada], { ...ben, step: 'wait' })).toBe(ada)
    expect(holderOf('mail', [at('eve', 3), ada], ben)).toBe(ada)
  })

  test('is nobody who only looks, or is elsewhere', () => {
    expect(holderOf('mail', [at('ada', 1, { mode: 'look' }), at('ben', 1, { step: 'wait' })], at('eve', 5))).toBeNull()
  })

  test('is one of two who came at the same moment, on both pages the same', () => {
    const [ada, ben] = [at('ada', 1), at('ben', 1)]
    expect(holderOf('mail', [ada], ben)).toBe(ada)
    expect(holderOf('mail', [ben], ada)).toBeNull()
  })
})
