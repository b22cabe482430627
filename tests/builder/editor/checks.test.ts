// The list of problems when the check itself breaks: it is said, the server's list stands in, and one can try again.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { configureStep } from '#engine/graph/edit.ts'
import { graphSchema, layoutSchema, type Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { emptyLibrary } from '#engine/library.ts'
import type { StepManifest } from '#server/contract/steps.ts'
import { createCatalogue } from '../../../builder/src/editor/catalogue.ts'
import { createMarks } from '../../../builder/src/editor/marks.ts'
import { createAnswers } from '../../../builder/src/editor/problems/answer.ts'
import { startChecks } from '../../../builder/src/editor/problems/checks.ts'
import { createProblemsStore, standing, tryAgain } from '../../../builder/src/editor/problems/problems-store.ts'
import type { Ground, ToWorker } from '../../../builder/src/editor/problems/protocol.ts'
import { createEditorStore } from '../../../builder/src/editor/store.ts'

/** A thread in this one: it runs the real check, until its script is gone. */
class CheckWorker extends EventTarget {
  static isGone = false
  static newest: CheckWorker
  private readonly answer = createAnswers()
  private isLoaded = !CheckWorker.isGone
  constructor() {
    super()
    CheckWorker.newest = this
    if (!this.isLoaded) queueMicrotask(() => this.dispatchEvent(new Event('error')))
  }
  postMessage(message: ToWorker): void {
    if (!this.isLoaded) return
    const data = this.answer(structuredClone(message))
    if (data !== null) queueMicrotask(() => this.dispatchEvent(new MessageEvent('message', { data })))
  }
  die(): void {
    this.isLoaded = false
    this.dispatchEvent(new Event('error'))
  }
  terminate(): void {
    this.isLoaded = false
  }
}

beforeEach(() => {
  CheckWorker.isGone = false
  vi.stubGlobal('Worker', CheckWorker)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const graph = graphSchema.parse({
  format: 1,
  nodes: [
    {
      id: 'entry',
      type: 'entry',
      config: { triggers: [{ id: 'in', kind: 'segment_entered', segment: { kind: 'has_tag', tag: 'new' } }] },
    },
    { id: 'pause', type: 'wait', config: { duration: 'P1D' } },
    { id: 'done', type: 'exit', config: {} },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'pause' },
    { from: 'pause', port: 'next', to: 'done' },
  ],
})
const ground: Ground = { manifests: [], library: emptyLibrary(), journeys: [] }
const { portsOf } = createCatalogue([])
const ofServer: Issue = { code: 'COMPANY_ADDRESS_MISSING', severity: 'error', path: [], message: 'Said by the server.' }

function open() {
  const editor = createEditorStore({
    id: '019a0000-0000-7000-8000-000000000000',
    key: 'welcome',
    name: 'Welcome',
    description: '',
    status: 'draft',
    liveVersion: null,
    revision: 1,
    updatedAt: '2026-11-22T09:00:00.000Z',
    graph,
    layout: layoutSchema.parse({}),
  })
  const problems = createProblemsStore()
  const server = { issues: [] as Issue[], asked: [] as Graph[], isAway: false }
  const start = () =>
    startChecks({
      editor,
      problems,
      marks: createMarks(),
      askServer: async (_, asked) => {
        server.asked.push(asked)
        if (server.isAway) throw new Error('Trellis does not answer.')
        return server.issues
      },
    })
  const words = () => problems.getState().problems.map(({ message }) => message)
  const edit = (duration: string) =>
    editor.apply('edit', (document) => configureStep(document, 'pause', { duration }, portsOf))
  return { problems, server, start, words, edit }
}

/** Until page and server have both looked. */
const settle = () => vi.advanceTimersByTimeAsync(2500)

test('a check that fails after a good one is said, and a new worker makes it good again', async () => {
  const { problems, start, edit } = open()
  const first = start()
  first.setGround(ground)
  await settle()
  expect(standing(problems.getState())).toBe('fine')

  CheckWorker.newest.die()
  expect(standing(problems.getState())).toBe('failed')
  expect(problems.getState().failure).toBe('The check could not be loaded.')
  // An edit does not make it look fine, nor does the server that finds nothing.
  edit('P2D')
  await settle()
  expect(problems.getState()).toMatchObject({ state: 'failed', server: 'asked', listOf: 'server', problems: [] })
  expect(standing(problems.getState())).toBe('failed')

  tryAgain(problems)
  expect(problems.getState()).toMatchObject({ attempt: 1, state: 'checking' })
  expect(standing(problems.getState())).toBe('failed')
  first.stop()
  const second = start()
  second.setGround(ground)
  await settle()
  expect(problems.getState()).toMatchObject({ state: 'checked', failure: null, listOf: 'page' })
  expect(standing(problems.getState())).toBe('fine')
  second.stop()
})

test('without a worker from the start the list of the server stands in', async () => {
  CheckWorker.isGone = true
  const { problems, server, start, words } = open()
  server.issues = [ofServer]
  const checks = start()
  checks.setGround(ground)
  await settle()
  expect(standing(problems.getState())).toBe('failed')
  expect(words()).toEqual(['Said by the server.'])
  expect(problems.getState()).toMatchObject({ errors: 1, listOf: 'server' })
  checks.stop()
})

test('what the page found stays in the list while neither page nor server can say better', async () => {
  const { problems, server, start, words, edit } = open()
  const checks = start()
  checks.setGround(ground)
  edit('soon')
  await settle()
  const found = words()
  expect(found).toHaveLength(1)
  server.isAway = true
  CheckWorker.newest.die()
  edit('later')
  await settle()
  expect(standing(problems.getState())).toBe('failed')
  expect(words()).toEqual(found)
  expect(problems.getState()).toMatchObject({ server: 'unreachable', listOf: 'page' })
  checks.stop()
})

test('a library or catalogue that the worker cannot read is a failure, until one comes that it can', async () => {
  const twice: StepManifest = {
    type: 'lookup',
    title: 'Look up',
    version: 1,
    category: 'custom',
    icon: 'search',
    description: '',
    synonyms: [],
    config: {},
    ports: null,
    starter: {},
    summary: null,
    isCustom: true,
    attempts: null,
    simulate: [],
  }
  const { problems, start } = open()
  const checks = start()
  checks.setGround({ ...ground, manifests: [twice, twice] })
  await settle()
  expect(standing(problems.getState())).toBe('failed')
  expect(problems.getState().failure).toContain('"lookup" exists twice')
  checks.setGround({ ...ground, manifests: [twice] })
  await settle()
  expect(standing(problems.getState())).toBe('fine')
  checks.stop()
})

test('when the library changes the server is asked again, too', async () => {
  const { server, start, words } = open()
  server.issues = [ofServer]
  const checks = start()
  checks.setGround(ground)
  await settle()
  expect(words()).toEqual(['Said by the server.'])
  expect(server.asked).toHaveLength(1)
  server.issues = []
  checks.setGround({ ...ground, library: { ...emptyLibrary() } })
  await settle()
  expect(server.asked).toHaveLength(2)
  expect(words()).toEqual([])
  checks.stop()
})
