import { expect, test } from 'vitest'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import type { StepManifest } from '#server/contract/steps.ts'
import { searchSteps } from '../../../builder/src/editor/canvas/step-search.ts'

const steps = builtInSteps.map(
  ({ type, version, title, category, icon, description, synonyms = [] }): StepManifest => ({
    type,
    version,
    title,
    category,
    icon,
    description,
    synonyms,
    config: {},
    ports: null,
    attempts: null,
    starter: {},
    summary: null,
    isCustom: false,
    simulate: [],
  }),
)
const found = (text: string): string[] => searchSteps(steps, text).map(({ type }) => type)

test('a step is found by its name, its beginning, a word people use for it, its kind, and letters in order', () => {
  expect(found('branch')[0]).toBe('branch')
  expect(found('spl')[0]).toBe('split')
  expect(found('pause')[0]).toBe('wait')
  expect(found('if')[0]).toBe('branch')
  expect(found('survey')).toContain('send_survey')
  expect(found('snd eml')[0]).toBe('send_email')
  expect(found('zzzz')).toEqual([])
  expect(found('')).toHaveLength(steps.length)
})
