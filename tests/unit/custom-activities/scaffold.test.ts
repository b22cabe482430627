import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadCustomActivities } from '#activities/custom-registry.ts'
import { scaffoldActivity } from '#scripts/scaffold/activity.ts'

const parent = join(import.meta.dirname, '../../../dist')
await mkdir(parent, { recursive: true })
const root = await mkdtemp(join(parent, 'scaffold-'))
const files = await scaffoldActivity('company-size', root)
afterAll(() => rm(root, { recursive: true, force: true }))

// The scaffolded test itself: it must pass as it was written.
describe('the scaffolded test', async () => {
  await import(join(root, files.test))
})

test('the scaffolded activity loads under its own type', async () => {
  const { activities, problems } = await loadCustomActivities({ folder: join(root, 'activities/custom') })
  expect(problems).toEqual([])
  expect(activities.map(({ type, manifest }) => [type, manifest.title])).toEqual([['company_size', 'Company size']])
})

test('overwrites nothing, and refuses names that cannot be', async () => {
  await expect(scaffoldActivity('company-size', root)).rejects.toThrow('exists already')
  for (const name of ['Company', 'company_size', '../evil', '', '-a', '9lives']) {
    await expect(scaffoldActivity(name, root)).rejects.toThrow('is not a name')
  }
  await expect(scaffoldActivity('send-email', root)).rejects.toThrow('built-in step')
})
