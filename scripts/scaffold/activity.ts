/** Writes the two files a new custom activity begins with: the activity and its test, which passes at once. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

/** Thrown when the name cannot be used; the message says why and what to do. */
export class ScaffoldError extends Error {}

/** The files written, relative to the root. */
export interface Scaffold {
  activity: string
  test: string
}

/**
 * `company-size` → `activities/custom/company-size.ts` (type `company_size`) and its test. Overwrites nothing.
 * @throws {ScaffoldError} for a name that is not lower-case words with "-", that is taken, or whose files exist.
 */
export async function scaffoldActivity(name: string, root: string): Promise<Scaffold> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 50) {
    throw new ScaffoldError(
      `"${name}" is not a name for an activity; write lower-case words with "-", for example company-size.`,
    )
  }
  const type = name.replaceAll('-', '_')
  if (createStepRegistry().get(type) !== undefined) {
    throw new ScaffoldError(`"${type}" is a built-in step; choose another name.`)
  }
  const files: Scaffold = { activity: `activities/custom/${name}.ts`, test: `tests/unit/custom/${name}.test.ts` }
  for (const file of Object.values(files)) {
    if (existsSync(join(root, file)))
      throw new ScaffoldError(`"${file}" exists already; choose another name or edit it.`)
  }
  await mkdir(join(root, 'activities/custom'), { recursive: true })
  await mkdir(join(root, 'tests/unit/custom'), { recursive: true })
  await writeFile(join(root, files.activity), activityText(name, type))
  await writeFile(join(root, files.test), testText(name))
  return files
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function activityText(name: string, type: string): string {
  const words = name.replaceAll('-', ' ')
  const title = `${words.charAt(0).toUpperCase()}${words.slice(1)}`
  return `import { z } from 'zod'
import { defineActivity } from '#activities/define-activity.ts'

/** What marketing sees as the step "${title}". See docs/custom-activities.md. */
export const ${camelCase(name)} = defineActivity({
  type: '${type}',
  title: '${title}',
  description: 'Says in one sentence what this step does for the lead.',
  icon: 'puzzle',
  config: z.strictObject({
    greeting: z.string().min(1).max(100).default('Hello').meta({
      title: 'Greeting',
      description: 'A setting of the step, as the form shows it.',
    }),
  }),
  ports: [
    { id: 'next', label: 'Next' },
    { id: 'unknown', label: 'Name not known' },
  ],
  summary: '{greeting}, lead',
  needs: { fields: ['first_name'] },
  async perform({ lead, log }, { greeting }) {
    const name = lead.fields['first_name']
    if (typeof name !== 'string' || name === '') return { port: 'unknown' }
    log.info('Greeted a lead.')
    return { port: 'next', output: { said: \`\${greeting}, \${name}\` } }
  },
})
`
}

function testText(name: string): string {
  const activity = camelCase(name)
  return `import { expect, test } from 'vitest'
import { runActivityAlone } from '#activities/testing.ts'
import { ${activity} } from '../../../activities/custom/${name}.ts'

test('greets a lead by its name', async () => {
  const result = await runActivityAlone(${activity}, { lead: { fields: { first_name: 'Ada' } } })
  expect(result).toMatchObject({ port: 'next', output: { said: 'Hello, Ada' } })
})

test('leaves by "unknown" when the name is not known', async () => {
  expect((await runActivityAlone(${activity})).port).toBe('unknown')
})
`
}
