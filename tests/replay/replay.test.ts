import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { obtainWorkflowBundle } from '#server/workflow-bundle.ts'

/**
 * Leads sleep for years on histories that older releases wrote. Whatever `workflows/` becomes must be able to go on from
 * each of them: a change that cannot is a patch (docs/adr/0002), never a history rewritten.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'tests', 'replay', 'histories')
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

/** What each release recorded. Lines are added with a release and stay. */
const recorded = {
  '0.1.0': [
    'continued-as-new-first',
    'continued-as-new-last',
    'controls',
    'effect-cancelled',
    'effect-done',
    'effect-failed',
    'effect-timed-out',
    'failing-turn',
    'friday-sampler',
    'instant-thank-you',
    'last-chance-call',
    'pokes-while-waiting',
    'publish-later',
    'publish-move',
    'win-back-survey',
  ],
}

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })

interface RecordedEvent {
  eventType: string
  workflowExecutionStartedEventAttributes?: { workflowId?: string }
}

function read(file: string): { events: RecordedEvent[] } {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as { events: RecordedEvent[] }
}

async function replay(workflowBundle: WorkflowBundleOption, file: string): Promise<void> {
  const history = read(file)
  const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? file
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId)
}

let present: WorkflowBundleOption
beforeAll(async () => {
  present = await obtainWorkflowBundle()
})

test('every recorded history is still there, and each is listed', () => {
  const expected = Object.entries(recorded).flatMap(([release, names]) =>
    names.map((name) => `${name}-${release}.json`),
  )
  expect(files.sort()).toEqual(expected.sort())
})

test('together they show everything that a lead’s workflow does', () => {
  const types = new Set(files.flatMap((file) => read(file).events.map((event) => event.eventType)))
  expect([...types]).toEqual(
    expect.arrayContaining(
      [
        'WORKFLOW_EXECUTION_SIGNALED',
        'MARKER_RECORDED',
        'TIMER_STARTED',
        'TIMER_FIRED',
        'TIMER_CANCELED',
        'ACTIVITY_TASK_COMPLETED',
        'ACTIVITY_TASK_FAILED',
        'ACTIVITY_TASK_TIMED_OUT',
        'ACTIVITY_TASK_CANCEL_REQUESTED',
        'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
        'WORKFLOW_EXECUTION_COMPLETED',
      ].map((type) => `EVENT_TYPE_${type}`),
    ),
  )
})

test.each(files)('the present workflow goes on from %s', async (file) => {
  await expect(replay(present, file)).resolves.toBeUndefined()
})

describe('a workflow that was changed without care', () => {
  const changes = {
    'waits a moment before its first turn': [
      '  for (;;) {\n    poked = false',
      '  await sleep(1000)\n  for (;;) {\n    poked = false',
    ],
    'no longer keeps its timer when the instant stays the same': [
      'alarm.timer.at === at && !alarm.timer.fired) return',
      'alarm.timer.at === at && false) return',
    ],
    'takes a turn more': [
      '(hasFailed ? turnOnce : turn)({ leadId, firedFor, failedEffects: reported, hasFailed })',
      '(hasFailed ? turnOnce : turn)({ leadId, firedFor, failedEffects: reported, hasFailed })\n      result = await turn({ leadId, firedFor, failedEffects: [], hasFailed })',
    ],
  } as const
  const copies: string[] = []
  afterAll(() => {
    for (const copy of copies) rmSync(copy, { recursive: true })
  })

  test.each(Object.entries(changes))('is caught when it %s', async (_, [from, to]) => {
    // Inside the source tree, so that its imports are found.
    const copy = mkdtempSync(join(root, 'dist', 'changed-workflows-'))
    copies.push(copy)
    cpSync(join(root, 'workflows'), copy, { recursive: true })
    const source = readFileSync(join(copy, 'lead.ts'), 'utf8')
    expect(source).toContain(from)
    writeFileSync(join(copy, 'lead.ts'), source.replace(from, to))
    const logger = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} }
    const { code } = await bundleWorkflowCode({ workflowsPath: join(copy, 'index.ts'), logger })
    await expect(replay({ code }, 'pokes-while-waiting-0.1.0.json')).rejects.toThrow(
      /nondeterminism|error in workflow machines/i,
    )
  })
})
