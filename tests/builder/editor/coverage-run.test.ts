// Playing a thousand leads, called off and begun again: what the first run still gets says nothing of the second.
import { createStore } from 'zustand/vanilla'
import { expect, test } from 'vitest'
import { graphSchema } from '#engine/graph/schema.ts'
import '../../../builder/src/i18n/i18n.ts'
import { noCoverage } from '../../../builder/src/editor/simulate/coverage.ts'
import {
  cancelCoverage,
  runCoverage,
  sampleParts,
  type CoverageSource,
} from '../../../builder/src/editor/simulate/coverage-run.ts'
import { noCoverageYet } from '../../../builder/src/editor/simulate/simulate-store.ts'

const graph = graphSchema.parse({ format: 1, nodes: [], edges: [] })
const createCoverage = () => createStore(() => ({ coverage: noCoverageYet }))

/** A source whose parts are played when the test says so; each lead is told apart by the step that it comes to. */
function openSource(step: string, size: number) {
  const held: (() => void)[] = []
  const source: CoverageSource<number> = {
    graph,
    isOld: () => false,
    whenReady: () => Promise.resolve(),
    read: (part) => Promise.resolve(Array.from({ length: size }, () => part)),
    play: async (leads) => {
      await new Promise<void>((resolve) => held.push(resolve))
      return { coverage: { ...noCoverage(), leads: leads.length, steps: { [step]: leads.length } }, ms: 1 }
    },
  }
  const play = async (parts: number) => {
    for (let part = 0; part < parts; part += 1) {
      await expect.poll(() => held.length).toBe(1)
      held.shift()?.()
    }
  }
  return { source, play }
}

test('a run that was called off leaves the next one alone, however late its part comes', async () => {
  const store = createCoverage()
  const [first, second] = [openSource('old', 100), openSource('new', 7)]
  const firstEnd = runCoverage(store, first.source)
  await first.play(2)
  await expect.poll(() => store.getState().coverage.parts).toBe(2)
  cancelCoverage(store)
  expect(store.getState().coverage).toMatchObject({ state: 'cancelled', coverage: { leads: 200 } })

  const secondEnd = runCoverage(store, second.source)
  await second.play(1)
  await first.play(1)
  expect(await firstEnd).toBeNull()
  expect(store.getState().coverage).toMatchObject({ state: 'running', parts: 1, coverage: { leads: 7 } })
  await second.play(sampleParts - 1)
  expect(await secondEnd).toMatchObject({ leads: 70, steps: { new: 70 } })
  expect(store.getState().coverage).toMatchObject({ state: 'done', coverage: { leads: 70, steps: { new: 70 } } })
})

test('a run that fails after it gave way says nothing; one that owns what is shown says why', async () => {
  const store = createCoverage()
  let fail: (error: Error) => void = () => undefined
  const lost = new Promise<number[]>((_, reject) => {
    fail = reject
  })
  let isAsked = false
  const read = () => {
    isAsked = true
    return lost
  }
  const first = runCoverage(store, { ...openSource('old', 1).source, read })
  await expect.poll(() => isAsked).toBe(true)
  const second = openSource('new', 1)
  const secondEnd = runCoverage(store, second.source)
  fail(new Error('The leads could not be read.'))
  expect(await first).toBeNull()
  expect(store.getState().coverage).toMatchObject({ state: 'running', message: null })
  await second.play(sampleParts)
  await secondEnd

  const message = 'Away.'
  const failing = { ...openSource('x', 1).source, read: () => Promise.reject(new Error(message)) }
  expect(await runCoverage(store, failing)).toBeNull()
  expect(store.getState().coverage).toMatchObject({ state: 'failed', message })
})

test('an edit ends the run, and settings that change forget it', async () => {
  const store = createCoverage()
  let isOld = false
  const edited = openSource('a', 1)
  const end = runCoverage(store, { ...edited.source, isOld: () => isOld })
  await edited.play(1)
  await expect.poll(() => store.getState().coverage.parts).toBe(1)
  isOld = true
  await edited.play(1)
  expect(await end).toBeNull()
  expect(store.getState().coverage).toMatchObject({ state: 'cancelled', parts: 1 })

  const forgotten = openSource('a', 1)
  const other = runCoverage(store, forgotten.source)
  await expect.poll(() => store.getState().coverage.state).toBe('running')
  store.setState({ coverage: noCoverageYet })
  await forgotten.play(1)
  expect(await other).toBeNull()
  expect(store.getState().coverage).toBe(noCoverageYet)
})
