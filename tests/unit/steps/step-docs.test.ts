import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderStepDocs } from '#scripts/step-docs/render.ts'

test('docs/steps.md is what the catalogue says; `npm run docs:steps` writes it', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/steps.md'), 'utf8')).toBe(renderStepDocs())
})
