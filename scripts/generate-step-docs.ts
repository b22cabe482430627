/** `npm run docs:steps`: writes docs/steps.md from the step catalogue. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderStepDocs } from './step-docs/render.ts'

writeFileSync(join(import.meta.dirname, '..', 'docs', 'steps.md'), renderStepDocs())
