import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLiveActivities, type LiveActivities } from '#activities/live-activities.ts'

// Inside the repository, so that the files may import `#activities/…` as real ones do.
const parent = join(import.meta.dirname, '../../../dist')
let folder = ''
let live: LiveActivities
beforeAll(async () => {
  await mkdir(parent, { recursive: true })
  folder = await mkdtemp(join(parent, 'live-'))
  live = await openLiveActivities({ folder, follow: true, everyMs: 20 })
})
afterAll(async () => {
  live.stop()
  await rm(folder, { recursive: true, force: true })
})

const file = (title: string) => `import { z } from 'zod'
import { defineActivity } from '#activities/define-activity.ts'
export const activity = defineActivity({
  type: 'look_up', title: '${title}', description: 'Looks.', config: z.strictObject({}), perform: async () => {},
})
`
const titles = () =>
  live.registry
    .all()
    .filter(({ category }) => category === 'custom')
    .map(({ title }) => title)

test('a file that is added, changed, broken, mended and deleted is seen each time', async () => {
  const path = join(folder, 'look-up.ts')
  const first = live.revision()
  expect(titles()).toEqual([])

  await writeFile(path, file('Look up'))
  await expect.poll(() => titles()).toEqual(['Look up'])
  expect(live.find('look_up')?.manifest.title).toBe('Look up')
  expect(live.registry.get('look_up')?.title).toBe('Look up')
  expect(live.revision()).not.toBe(first)

  await writeFile(path, file('Look it up'))
  await expect.poll(() => titles()).toEqual(['Look it up'])

  const worked = live.revision()
  await writeFile(path, `${file('Never seen')}\nthrow new Error('no key')\n`)
  await expect.poll(() => live.problems()).toHaveLength(1)
  // The version that worked is still there, and the message says where to look.
  expect(titles()).toEqual(['Look it up'])
  expect(live.problems()).toEqual([{ source: 'look-up.ts', message: 'no key (line 7)', keepsFormer: true }])
  expect(live.revision()).not.toBe(worked)

  await writeFile(join(folder, 'other.ts'), 'export const nothing = 1\n')
  await expect.poll(() => live.problems()).toHaveLength(2)
  expect(live.problems()[1]).toMatchObject({ source: 'other.ts', keepsFormer: false })
  expect(titles()).toEqual(['Look it up'])

  await rm(join(folder, 'other.ts'))
  await writeFile(path, file('Mended'))
  await expect.poll(() => titles()).toEqual(['Mended'])
  expect(live.problems()).toEqual([])

  await rm(path)
  await expect.poll(() => titles()).toEqual([])
  expect(live.find('look_up')).toBeUndefined()
})

test('a file whose syntax is wrong is told', async () => {
  await writeFile(join(folder, 'wrong.ts'), 'export const one = 1\nexport const two = = 2\n')
  await expect.poll(() => live.problems().map(({ source }) => source)).toEqual(['wrong.ts'])
  expect(live.problems()[0]?.message).toMatch(/\S/)
  await rm(join(folder, 'wrong.ts'))
})

test('without following, what was read at the start stays', async () => {
  const still = await openLiveActivities({ folder, follow: false })
  await writeFile(join(folder, 'later.ts'), file('Later'))
  await expect.poll(() => titles()).toEqual(['Later'])
  expect(still.find('look_up')).toBeUndefined()
})
