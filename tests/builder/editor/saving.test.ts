import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as edit from '#engine/graph/edit.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import type { Draft } from '#server/contract/drafts.ts'
import type { Problem } from '#server/contract/problem.ts'
import {
  createJournal,
  listHeads,
  maxEntries,
  openJournalDatabase,
  type JournalDatabase,
} from '../../../builder/src/editor/saving/journal.ts'
import { restoreKept } from '../../../builder/src/editor/saving/restore.ts'
import { isSameContent, theirDraft } from '../../../builder/src/editor/saving/same-content.ts'
import { createSaver } from '../../../builder/src/editor/saving/saver.ts'
import { createEditorStore, isDirty, type Content } from '../../../builder/src/editor/store.ts'

const owner = 'ann 019a'
let db: JournalDatabase
let server: Server
let names = 0

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  db = await openJournalDatabase(`test-${String((names += 1))}`)
  server = new Server()
})
afterEach(() => {
  db.close()
  vi.useRealTimers()
})

class Refusal extends Error {
  readonly problem: Problem | null
  constructor(problem: Partial<Problem> | null) {
    super(problem?.detail ?? 'No answer')
    this.problem = problem as Problem | null
  }
}

/** A draft under revisions, as the API keeps it: it can be away, and it can lose an answer on the way. */
class Server {
  draft: Draft = {
    id: '019a0000-0000-7000-8000-000000000000',
    key: 'welcome',
    name: 'Welcome',
    description: '',
    status: 'draft',
    liveVersion: null,
    revision: 1,
    updatedAt: '2026-11-22T09:00:00.000Z',
    graph: graphSchema.parse({ format: 1, nodes: [{ id: 'entry', type: 'entry' }], edges: [] }),
    layout: layoutSchema.parse({}),
  }
  isAway = false
  losesAnswers = false
  saves = 0

  save = async ({ name, description, document }: Content, baseRevision: number) => {
    this.saves += 1
    if (this.isAway) throw new Refusal(null)
    if (baseRevision !== this.draft.revision) throw new Refusal({ code: 'DRAFT_CONFLICT', status: 409, detail: '' })
    if (name.trim() === '') throw new Refusal({ code: 'REQUEST_INVALID', status: 400, detail: 'Give it a name.' })
    const revision = baseRevision + 1
    this.draft = structuredClone({ ...this.draft, name: name.trim(), description, ...document, revision })
    if (this.losesAnswers) throw new Refusal(null)
    return { revision, updatedAt: this.draft.updatedAt }
  }
  load = async () => {
    if (this.isAway) throw new Refusal(null)
    return theirDraft(structuredClone(this.draft))
  }
  content = () => theirDraft(this.draft).content
}

/** A page that has the journey open. */
async function open(key = `${owner} 0`) {
  const journal = createJournal(db, { key, owner })
  const store = createEditorStore(structuredClone(server.draft))
  const kept = await journal.read()
  const restored = kept === null ? { kind: 'nothing' as const } : restoreKept(store, kept, await server.load())
  const saver = createSaver({
    store,
    journal,
    save: server.save,
    load: server.load,
    conflict: restored.kind === 'conflict' ? restored.theirs : null,
    problemOf: (error) => (error as Refusal).problem,
  })
  const stop = saver.start()
  return {
    store,
    saver,
    restored,
    kind: () => saver.state.getState().state.kind,
    add: (type: string) => store.apply(`add ${type}`, (d) => edit.addStep(d, { type, config: {} }).document),
    steps: () => store.getState().content.document.graph.nodes.map(({ id }) => id),
    /** Lets what is under way come to its end, and `ms` go by. */
    pass,
    /** The page ends without a word, as in a crash. */
    crash: async () => {
      server.isAway = true
      await stop()
      server.isAway = false
    },
  }
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  // fake-indexeddb works in macrotasks that are not faked.
  for (let round = 0; round < 30; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

const serverSteps = () => server.draft.graph.nodes.map(({ id }) => id)

describe('saving', () => {
  test('comes 0.8 s after the last change, once for many, on top of the revision that was read', async () => {
    const page = await open()
    page.add('wait')
    await pass(700)
    page.add('exit')
    await pass(700)
    expect(server.saves).toBe(0)
    expect(page.kind()).toBe('waiting')
    await pass(200)
    expect(server.saves).toBe(1)
    expect(serverSteps()).toEqual(['entry', 'wait', 'exit'])
    expect(page.kind()).toBe('saved')
    expect(page.store.getState().saved.revision).toBe(2)
  })

  test('comes in between when somebody never pauses', async () => {
    const page = await open()
    for (let index = 0; index < 40; index += 1) {
      page.add('wait')
      await pass(500)
    }
    expect(server.saves).toBeGreaterThan(0)
  })

  test('is tried again, later and later, while the server is away; nothing is lost and it says so', async () => {
    const page = await open()
    server.isAway = true
    page.add('wait')
    await pass(900)
    expect(page.kind()).toBe('unreachable')
    expect(page.saver.state.getState().isKept).toBe(true)
    await pass(60_000)
    expect(server.saves).toBeGreaterThan(3)
    expect(server.saves).toBeLessThan(10)
    page.add('exit')
    server.isAway = false
    // Half a minute at most between two tries, and a fifth more or less by chance.
    await pass(37_000)
    expect(page.kind()).toBe('saved')
    expect(serverSteps()).toEqual(['entry', 'wait', 'exit'])
  })

  test('a save that arrived although its answer was lost is no conflict with oneself', async () => {
    const page = await open()
    server.losesAnswers = true
    page.add('wait')
    await pass(900)
    expect(page.kind()).toBe('unreachable')
    page.add('exit')
    server.losesAnswers = false
    await pass(10_000)
    expect(page.kind()).toBe('saved')
    expect(serverSteps()).toEqual(['entry', 'wait', 'exit'])
  })

  test('what the server refuses is said in its words and tried again with the next change', async () => {
    const page = await open()
    page.store.rename(' ')
    await pass(900)
    expect(page.saver.state.getState().state).toEqual({ kind: 'refused', message: 'Give it a name.' })
    page.store.rename(' Hello ')
    await pass(900)
    expect(page.kind()).toBe('saved')
    expect(server.draft.name).toBe('Hello')
  })
})

describe('two that edit at once', () => {
  async function conflict() {
    const [ann, ben] = [await open(`${owner} 0`), await open(`${owner} 1`)]
    ann.add('wait')
    await pass(900)
    ben.add('exit')
    await pass(900)
    expect(ben.kind()).toBe('conflict')
    // Nothing of theirs was overwritten, and nothing more is sent.
    expect(serverSteps()).toEqual(['entry', 'wait'])
    ben.add('exit')
    await pass(60_000)
    expect(serverSteps()).toEqual(['entry', 'wait'])
    return { ann, ben }
  }

  test('keep mine: it is saved on top of theirs, and undo leads to theirs', async () => {
    const { ben } = await conflict()
    ben.saver.keepMine()
    await pass(100)
    expect(ben.kind()).toBe('saved')
    expect(serverSteps()).toEqual(['entry', 'exit', 'exit-2'])
    ben.store.undo()
    expect(ben.steps()).toEqual(['entry', 'wait'])
    ben.store.undo()
    expect(ben.steps()).toEqual(['entry', 'exit', 'exit-2'])
  })

  test('take theirs: nothing is sent, and undo leads back to mine', async () => {
    const { ben } = await conflict()
    ben.saver.takeTheirs()
    await pass(900)
    expect(ben.kind()).toBe('saved')
    expect(ben.steps()).toEqual(['entry', 'wait'])
    ben.store.undo()
    await pass(900)
    expect(serverSteps()).toEqual(['entry', 'exit', 'exit-2'])
  })

  test('a conflict outlives a reload: it is asked again, not saved over', async () => {
    const { ben } = await conflict()
    await ben.crash()
    const again = await open(`${owner} 1`)
    expect(again.restored.kind).toBe('conflict')
    await pass(5000)
    await again.crash()
    const third = await open(`${owner} 1`)
    expect(third.restored.kind).toBe('conflict')
    expect(third.steps()).toEqual(['entry', 'exit', 'exit-2'])
    expect(serverSteps()).toEqual(['entry', 'wait'])
  })

  test('who has changed nothing sees what the other saved, as an edit that can be undone', async () => {
    const [ann, ben] = [await open(`${owner} 0`), await open(`${owner} 1`)]
    ann.add('wait')
    await pass(900)
    ben.saver.noteRevision(2, 'Ann')
    await pass(10)
    expect(ben.steps()).toEqual(['entry', 'wait'])
    expect(ben.store.getState().done.map(({ label }) => label)).toEqual(['take over what Ann saved'])
    expect(ben.kind()).toBe('saved')
    await pass(5000)
    expect(server.saves).toBe(1)
  })
})

describe('the journal', () => {
  test('after a crash in the middle of an edit everything is there, with its history, and is saved', async () => {
    const page = await open()
    page.add('wait')
    await pass(900)
    page.add('exit')
    await pass(10)
    expect(page.saver.state.getState().isKept).toBe(true)
    await page.crash()
    expect(serverSteps()).toEqual(['entry', 'wait'])
    const again = await open()
    expect(again.restored).toMatchObject({ kind: 'unsaved' })
    expect(again.steps()).toEqual(['entry', 'wait', 'exit'])
    await pass(900)
    expect(serverSteps()).toEqual(['entry', 'wait', 'exit'])
    expect(again.store.undo()?.label).toBe('add exit')
    expect(again.store.undo()?.label).toBe('add wait')
    expect(again.steps()).toEqual(['entry'])
  })

  test('after a save undo and redo go on where they were, also in the middle of the history', async () => {
    const page = await open()
    for (const type of ['wait', 'send_email', 'exit']) page.add(type)
    page.store.undo()
    await pass(900)
    await page.crash()
    const again = await open()
    expect(again.restored.kind).toBe('history')
    expect(isDirty(again.store.getState())).toBe(false)
    expect(again.store.redo()?.label).toBe('add exit')
    expect(again.steps()).toEqual(['entry', 'wait', 'send_email', 'exit'])
  })

  test('keeps a bounded history, the newest of it, and writes only what is new', async () => {
    const page = await open()
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    for (let index = 0; index < maxEntries + 50; index += 1) page.store.rename(`N${String(index)}`.padEnd(index % 7))
    for (let index = 0; index < maxEntries + 50; index += 1) page.add('wait')
    await pass(11_000)
    put.mockClear()
    page.add('exit')
    await pass(5)
    // The head and one entry.
    expect(put.mock.calls.length).toBeLessThanOrEqual(2)
    put.mockRestore()
    await pass(2000)
    await page.crash()
    expect(await db.count('entries')).toBe(maxEntries)
    const again = await open()
    expect(again.store.getState().done).toHaveLength(maxEntries)
    expect(again.store.undo()?.label).toBe('add exit')
    while (again.store.undo() !== null);
    expect(again.steps().length).toBeGreaterThan(1)
  })

  test('what newer code has written is neither read nor written over', async () => {
    const page = await open()
    page.add('wait')
    await pass(900)
    await page.crash()
    const [head] = await listHeads(db, owner)
    if (head === undefined) throw new Error('Nothing was kept.')
    await db.put('heads', { ...head, graphFormat: 99 })
    expect(await createJournal(db, { key: head.key, owner }).read()).toBeNull()
  })

  test('a browser that keeps nothing is told of, so that the page asks before it is left', async () => {
    const store = createEditorStore(structuredClone(server.draft))
    const journal = { write: () => Promise.reject(new Error('QuotaExceededError')) }
    const saver = createSaver({ store, journal, save: server.save, load: server.load, problemOf: () => null })
    void saver.start()
    store.rename('Hello')
    await pass(10)
    expect(saver.state.getState().isKept).toBe(false)
    await pass(900)
    expect(saver.state.getState().isKept).toBe(true)
    expect(isSameContent(server.content(), store.getState().content)).toBe(true)
  })
})

describe('a version restored where nothing can be edited, as on a phone', () => {
  test('is on the screen as the server has it, so the saver has nothing to write over it', () => {
    const store = createEditorStore(server.draft)
    store.setEditable(false)
    const { content } = store.getState()
    const restored: Content = { ...content, name: 'As it was in version 1' }
    expect(store.rename('Not here')).toBe(false)
    expect(store.replaceContent('restore version 1', restored)).toBe(true)
    store.markSaved({ revision: 2, updatedAt: '2026-11-23T09:00:00.000Z', content: restored })
    expect(store.getState().content.name).toBe('As it was in version 1')
    expect(isDirty(store.getState())).toBe(false)
  })
})
