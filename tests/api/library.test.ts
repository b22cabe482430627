import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLibrary } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { compile } from '#engine/compiler/compile.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { ResultOf } from '#server/contract/route.ts'
import type { getLibrary } from '#server/contract/library.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const text = readFileSync(new URL('../../examples/journeys/friday-sampler.json', import.meta.url), 'utf8')
const { file } = parseJourneyFile(JSON.parse(text))
if (file === null) throw new Error('the example cannot be read')
const { graph, resources } = file

const snapshot = async (): Promise<ResultOf<typeof getLibrary>> =>
  (await app.request.get('/api/v1/library').expect(200)).body as ResultOf<typeof getLibrary>

test('the snapshot is what the server compiles against, and says when it has changed', async () => {
  const before = await snapshot()
  await app.database.db.transaction((tx) => saveResources(tx, resources))
  await app.request.post('/api/v1/journeys').send({ key: 'sampler', name: 'Sampler', graph }).expect(201)
  const { revision, library, segments, journeys } = await snapshot()
  expect(revision).toBeGreaterThan(before.revision)
  expect(library).toEqual(JSON.parse(JSON.stringify(await readLibrary(app.database.db))))
  expect(segments).toEqual([{ key: 'friday-sampler', name: 'One download, fewer than 8 invitations' }])
  expect(journeys).toEqual([{ key: 'sampler', name: 'Sampler', status: 'draft' }])
  const keys = new Set(journeys.map(({ key }) => key))
  expect(compile(graph, { library, journeys: keys, registry: createStepRegistry() }).issues).toEqual([])
})
