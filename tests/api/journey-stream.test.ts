// Who has a journey open and what happens to it, told by two API processes that know nothing of each other.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { journeyEvents, journeyStreamPath, type JourneyEventName } from '#server/contract/journey-stream.ts'
import { startApiProcess, type ApiProcess } from '../support/api-process.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createTestNamespace, temporalAddress } from '../support/temporal.ts'

let database: TestDatabase
let handle: DatabaseHandle
let home: string
let apis: [ApiProcess, ApiProcess]
const journey = 'welcome'

beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 2 })
  home = await mkdtemp(join(tmpdir(), 'trellis-presence-'))
  await createJourney(handle.db, { key: journey, name: 'Welcome' }, 'owner')
  const namespace = await createTestNamespace()
  const place = { databaseUrl: database.url, temporalAddress: temporalAddress(), namespace, home }
  apis = await Promise.all([startApiProcess(place), startApiProcess(place)])
})
afterAll(async () => {
  for (const api of apis ?? []) api.kill()
  await handle?.close()
  await database?.drop()
  if (home !== undefined) await rm(home, { recursive: true, force: true })
})

/** The latest of each event, checked against the contract. */
async function watch(api: ApiProcess) {
  const stopping = new AbortController()
  const response = await fetch(`${api.url}${journeyStreamPath(journey)}`, { signal: stopping.signal })
  expect(response.status).toBe(200)
  const latest: { [Name in JourneyEventName]?: unknown } = {}
  const done = (async () => {
    let text = ''
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, name] = /^event: (.*)$/m.exec(block) ?? []
        const [, data] = /^data: (.*)$/m.exec(block) ?? []
        if (name === undefined || data === undefined) continue
        const event = name as JourneyEventName
        latest[event] = journeyEvents[event].parse(JSON.parse(data))
      }
    }
  })().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  return {
    latest,
    close: async () => {
      stopping.abort()
      await done
    },
  }
}

async function ask(api: ApiProcess, method: string, path: string, body?: unknown) {
  const response = await fetch(`${api.url}/api/v1/journeys/${journey}/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('a journey that two people have open, each at another process', () => {
  test('tells each of them of the other: where they are, that they moved, and that they left', async () => {
    const [one, two] = [await watch(apis[0]), await watch(apis[1])]
    await ask(apis[0], 'POST', 'presence', { tab: 'ann', step: 'entry', mode: 'edit' })
    const { body } = await ask(apis[1], 'POST', 'presence', { tab: 'ben', mode: 'look' })
    const tabs = (state: unknown) =>
      ((state as { editors: { tab: string; step: string | null }[] } | undefined)?.editors ?? []).map(
        ({ tab, step }) => `${tab} ${step ?? '-'}`,
      )
    expect(tabs(body)).toEqual(['ann entry', 'ben -'])
    for (const { latest } of [one, two]) await expect.poll(() => tabs(latest.presence)).toEqual(['ann entry', 'ben -'])
    await ask(apis[1], 'POST', 'presence', { tab: 'ben', step: 'wait', mode: 'edit' })
    await expect.poll(() => tabs(one.latest.presence)).toEqual(['ann entry', 'ben wait'])
    expect((await ask(apis[0], 'DELETE', 'presence?tab=ann')).body).toEqual({ ended: true })
    expect((await ask(apis[0], 'DELETE', 'presence?tab=ann')).body).toEqual({ ended: false })
    await expect.poll(() => tabs(two.latest.presence)).toEqual(['ben wait'])
    // A page that fell silent, as a closed laptop does, is gone without a word; and its row goes, too.
    await handle.db.execute(sql`update journey_presence set seen_at = now() - interval '31 seconds'`)
    await expect.poll(() => tabs(one.latest.presence)).toEqual([])
    await ask(apis[0], 'POST', 'presence', { tab: 'eve' })
    expect(await handle.db.execute(sql`select tab from journey_presence`)).toEqual([{ tab: 'eve' }])
    await Promise.all([one.close(), two.close()])
  })

  test('tells each of them that it was saved and by whom, and that it was published', async () => {
    const two = await watch(apis[1])
    await expect.poll(() => two.latest.draft).toMatchObject({ revision: 1 })
    expect(two.latest.version).toEqual({ status: 'draft', liveVersion: null, publishedAt: null, publishedBy: null })
    const { body: draft } = await ask(apis[0], 'GET', 'draft')
    const graph = {
      ...(draft['graph'] as object),
      nodes: [
        { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
        { id: 'end', type: 'exit', config: { reason: 'End' } },
      ],
      edges: [{ from: 'entry', port: 'next', to: 'end' }],
    }
    const save = { baseRevision: 1, name: 'Welcome', description: '', graph, layout: draft['layout'] }
    expect((await ask(apis[0], 'PUT', 'draft', save)).status).toBe(200)
    const owner = { actor: 'owner', name: 'Owner' }
    await expect.poll(() => two.latest.draft).toMatchObject({ revision: 2, savedBy: owner })
    const conflict = await ask(apis[1], 'PUT', 'draft', save)
    expect(conflict).toMatchObject({ status: 409, body: { code: 'DRAFT_CONFLICT' } })
    const published = await ask(apis[0], 'POST', 'publish', { revision: 2 })
    expect(published.body).toMatchObject({ version: 1 })
    await expect.poll(() => two.latest.version).toMatchObject({ status: 'live', liveVersion: 1, publishedBy: owner })
    // Publishing is no save: the draft is told to be as it was.
    expect(two.latest.draft).toMatchObject({ revision: 2, savedBy: owner })
    await two.close()
  })

  test('is refused by the name of a journey that is not there', async () => {
    const response = await fetch(`${apis[0].url}${journeyStreamPath('nowhere')}`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'JOURNEY_NOT_FOUND' })
    expect((await ask(apis[0], 'POST', 'presence', { tab: 'no spaces' })).status).toBe(400)
  })
})
