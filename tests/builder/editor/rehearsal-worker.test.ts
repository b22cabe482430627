// A rehearsal whose worker is gone says so: nobody waits for an answer that never comes.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openRehearsalWorker } from '../../../builder/src/editor/simulate/rehearsal-worker.ts'

/** A worker that answers nothing by itself. */
class SilentWorker extends EventTarget {
  static newest: SilentWorker
  constructor() {
    super()
    SilentWorker.newest = this
  }
  postMessage(): void {}
  terminate(): void {}
}

beforeEach(() => vi.stubGlobal('Worker', SilentWorker))
afterEach(() => vi.unstubAllGlobals())

const cases = { kind: 'cases' as const, cases: [] }

function open() {
  const failures: string[] = []
  const worker = openRehearsalWorker({ onCompiled: () => undefined, onFailed: (message) => failures.push(message) })
  return { worker, failures, silent: SilentWorker.newest }
}

test.each([
  ['error', 'The rehearsal could not be loaded.'],
  ['messageerror', 'The rehearsal gave an answer that cannot be read.'],
])('on %s what waits is rejected, what is asked later too, and the page hears of it', async (type, words) => {
  const { worker, failures, silent } = open()
  const waiting = worker.ask(cases)
  silent.dispatchEvent(new Event(type))
  await expect(waiting).rejects.toThrow(words)
  await expect(worker.ask(cases)).rejects.toThrow(words)
  expect(failures).toEqual([words])
})

test('a journey or library that the worker cannot read is a failure that the page hears of', () => {
  const { failures, silent } = open()
  silent.dispatchEvent(new MessageEvent('message', { data: { kind: 'failed', id: null, message: 'No such step.' } }))
  expect(failures).toEqual(['No such step.'])
})
