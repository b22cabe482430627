import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCustomActivities } from '#activities/custom-registry.ts'

// Inside the repository, so that the files may import `#activities/…` as real ones do.
const parent = join(import.meta.dirname, '../../../dist')
let folder = ''
beforeAll(async () => {
  await mkdir(parent, { recursive: true })
  folder = await mkdtemp(join(parent, 'custom-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const definition = (type: string, title = 'Title') =>
  `{ type: '${type}', title: '${title}', description: 'Does.', config: z.strictObject({}), perform: async () => {} }`
const file = (type: string, title?: string) => `import { z } from 'zod'
import { defineActivity } from '#activities/define-activity.ts'
export const activity = defineActivity(${definition(type, title)})
`

test('reads the files of the folder, and one that is broken keeps nobody else out', async () => {
  await writeFile(join(folder, 'good.ts'), file('good_one'))
  await writeFile(join(folder, 'good.test.ts'), 'throw new Error("a test is not an activity")')
  await writeFile(join(folder, 'notes.md'), '# notes')
  await writeFile(join(folder, 'empty.ts'), 'export const nothing = 1\n')
  await writeFile(join(folder, 'throws.ts'), 'throw new Error("no database here")\n')
  await writeFile(join(folder, 'taken.ts'), file('send_email'))
  await writeFile(join(folder, 'twice.ts'), file('good_one'))
  await writeFile(
    join(folder, 'plain.mjs'),
    `import { z } from 'zod'\nexport const plain = ${definition('from_package')}\n`,
  )
  const { activities, problems } = await loadCustomActivities({ folder, packages: ['no-such-package-anywhere'] })
  expect(activities.map(({ type }) => type)).toEqual(['from_package', 'good_one'])
  expect(Object.fromEntries(problems.map(({ source, message }) => [source, message]))).toEqual({
    'empty.ts': expect.stringContaining('exports no activity'),
    'throws.ts': 'no database here (line 1)',
    'taken.ts': expect.stringContaining('taken by a built-in step'),
    'twice.ts': expect.stringContaining('taken by good.ts'),
    'no-such-package-anywhere': expect.stringContaining('no-such-package-anywhere'),
  })
})

test('reads a changed file again', async () => {
  const path = join(folder, 'good.ts')
  await writeFile(path, file('good_one', 'Another title'))
  const { utimes } = await import('node:fs/promises')
  await utimes(path, new Date(), new Date(Date.now() + 5000))
  const { activities } = await loadCustomActivities({ folder })
  expect(activities.find(({ type }) => type === 'good_one')?.manifest.title).toBe('Another title')
})

test('a folder that does not exist is empty', async () => {
  expect(await loadCustomActivities({ folder: join(folder, 'nowhere') })).toEqual({
    activities: [],
    sources: new Map(),
    problems: [],
  })
})

test('what ships with Trellis loads without a problem', async () => {
  expect((await loadCustomActivities()).problems).toEqual([])
})
