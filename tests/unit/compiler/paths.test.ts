/** Problems of whole paths: what comes before a call, and before a branch on an answer. */
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compiler/compile.ts'
import { emptyLibrary } from '#engine/library.ts'
import {
  aContext,
  aGraph,
  aLibrary,
  compiled,
  manually,
  onEvent,
  places,
  type EdgeInput,
  type NodeInput,
} from './graphs.ts'

const start: NodeInput = ['start', 'entry', manually]
const bye: NodeInput = ['bye', 'exit']

function messagesOf(nodes: NodeInput[], edges: EdgeInput[], settings: Record<string, unknown> = {}): string[] {
  return compiled(nodes, edges, settings).issues.map(({ message }) => message)
}

describe('calls after a download', () => {
  const call = (config: Record<string, unknown> = {}): NodeInput => [
    'call',
    'escalate_to_call',
    { reason: 'Asked for it.', sla: 'PT8H', queue: 'sales', ...config },
    { name: 'Call' },
  ]
  const outcomes = ['call.outcome:interested>bye', 'call.outcome:not_interested>bye', 'call.outcome:no_answer>bye']
  const entered: NodeInput = ['start', 'entry', onEvent('downloaded')]
  const waitFor = (duration: string): NodeInput => ['wait', 'wait', { duration }]
  const codes = (nodes: NodeInput[], edges: string[], settings = {}): string[] =>
    places(compiled([...nodes, bye], [...edges, ...outcomes], settings))

  test('are refused right after it', () => {
    expect(codes([entered, call()], ['start>call'])).toEqual(['CALL_BEFORE_COOL_OFF call afterCoolOff'])
    expect(messagesOf([entered, call(), bye], ['start>call', ...outcomes])).toEqual([
      '"Call" can call right after the download at "Entry", within the cool-off of 3 days; wait longer before it, or say that the call waits for the cool-off.',
    ])
  })

  test('are refused after too short a wait, allowed after a long enough one', () => {
    expect(codes([entered, waitFor('P2D'), call()], ['start>wait', 'wait>call'])).toEqual([
      'CALL_BEFORE_COOL_OFF call afterCoolOff',
    ])
    expect(codes([entered, waitFor('P3D'), call()], ['start>wait', 'wait>call'])).toEqual([])
  })

  test('the shortest way counts', () => {
    const fork: NodeInput = ['fork', 'test_fork']
    const nodes = [entered, fork, waitFor('P30D'), call()]
    expect(codes(nodes, ['start>fork', 'fork.left>wait', 'wait>call', 'fork.right>call'])).toEqual([
      'CALL_BEFORE_COOL_OFF call afterCoolOff',
    ])
    expect(codes(nodes, ['start>fork', 'fork.left>wait', 'wait>call'])).toEqual([])
  })

  test('the stricter cool-off of journey and company counts', () => {
    const nodes = [entered, waitFor('P4D'), call()]
    expect(codes(nodes, ['start>wait', 'wait>call'], { callCoolOff: 'P5D' })).toEqual([
      'CALL_BEFORE_COOL_OFF call afterCoolOff',
    ])
    const lax = { ...aLibrary(), policy: { ...emptyLibrary().policy, callCoolOff: 'P1D' } }
    const graph = aGraph([entered, waitFor('P2D'), call(), bye], ['start>wait', 'wait>call', ...outcomes], {
      callCoolOff: 'P2D',
    })
    expect(places(compile(graph, aContext({ library: lax })))).toEqual([])
  })

  test('an asset sent on the way begins it anew, and so does a download waited for', () => {
    const asset: NodeInput = ['asset', 'send_asset', { asset: 'guide' }]
    expect(codes([start, waitFor('P9D'), asset, call()], ['start>wait', 'wait>asset', 'asset>call'])).toEqual([
      'CALL_BEFORE_COOL_OFF call afterCoolOff',
    ])
    const downloaded: NodeInput = ['done', 'wait_for_event', { event: 'downloaded', timeout: 'P7D' }]
    expect(codes([start, downloaded, call()], ['start>done', 'done.happened>call', 'done.timeout>bye'])).toEqual([
      'CALL_BEFORE_COOL_OFF call afterCoolOff',
    ])
    expect(codes([start, downloaded, call()], ['start>done', 'done.happened>bye', 'done.timeout>call'])).toEqual([])
  })

  test('are fine when the author says that the call waits for the cool-off, and without a download', () => {
    expect(codes([entered, call({ afterCoolOff: 'wait' })], ['start>call'])).toEqual([])
    expect(codes([start, call()], ['start>call'])).toEqual([])
  })

  test('circles on the way do no harm', () => {
    const fork: NodeInput = ['fork', 'test_fork']
    expect(
      codes([entered, fork, waitFor('P1D'), call()], ['start>fork', 'fork.left>wait', 'wait>fork', 'fork.right>call']),
    ).toEqual(['CALL_BEFORE_COOL_OFF call afterCoolOff'])
  })
})

describe('transactional messages', () => {
  const friday = { id: 'f', kind: 'schedule', days: ['fri'], time: '09:00', zone: 'UTC', segment: { kind: 'always' } }
  const swept: NodeInput = ['start', 'entry', { triggers: [friday] }]
  const send = (purpose: string, more: Record<string, unknown> = {}): NodeInput => [
    'send',
    'send_email',
    { purpose, subject: 'Hello', body: 'Hello' },
    more,
  ]

  test('to leads who did nothing are a warning: no consent is asked for and no unsubscribe link is in them', () => {
    const result = compiled([swept, send('transactional', { name: 'News' }), bye], ['start>send', 'send>bye'])
    expect(places(result)).toEqual(['TRANSACTIONAL_UNASKED send purpose'])
    expect(result.issues[0]?.message).toContain('"News" is transactional')
    expect(result.definition).not.toBeNull()
  })

  test('are fine as the answer to an act of the lead, and other purposes anywhere', () => {
    const form: NodeInput = ['start', 'entry', { triggers: [{ id: 't', kind: 'form', form: 'contact' }] }]
    expect(places(compiled([form, send('transactional'), bye], ['start>send', 'send>bye']))).toEqual([])
    expect(places(compiled([swept, send('nurture'), bye], ['start>send', 'send>bye']))).toEqual([])
  })

  test('are fine after a wait in which the lead acted, not after one in which it did not', () => {
    const reply: NodeInput = ['reply', 'wait_for_event', { event: 'replied', timeout: 'P7D' }]
    const after = (way: string, other: string) =>
      places(
        compiled(
          [swept, reply, send('transactional'), bye],
          ['start>reply', `reply.${way}>send`, `reply.${other}>bye`, 'send>bye'],
        ),
      )
    expect(after('happened', 'timeout')).toEqual([])
    expect(after('timeout', 'happened')).toEqual(['TRANSACTIONAL_UNASKED send purpose'])
    const both = ['start>reply', 'reply.happened>send', 'reply.timeout>send', 'send>bye']
    expect(places(compiled([swept, reply, send('transactional'), bye], both))).toEqual([
      'TRANSACTIONAL_UNASKED send purpose',
    ])
  })
})

describe('answers', () => {
  const cases = [{ id: 'a', values: ['x'] }]
  const branch: NodeInput = ['if', 'branch_on_answer', { survey: 'why', question: 'reason', cases }]
  const ways = ['if.case:a>bye', 'if.else>bye', 'if.unanswered>bye']
  const survey: NodeInput = ['survey', 'send_survey', { survey: 'why' }]

  test('branching on an answer that no step before asks for is a warning', () => {
    const result = compiled(
      [start, branch, survey, bye, ['fork', 'test_fork']],
      ['start>fork', 'fork.left>if', 'fork.right>survey', 'survey>bye', ...ways],
    )
    expect(places(result)).toEqual(['ANSWER_NEVER_ASKED if question'])
    expect(result.definition).not.toBeNull()
  })

  test('is fine after the survey, after the question, or when answering brought the lead in', () => {
    expect(places(compiled([start, survey, branch, bye], ['start>survey', 'survey>if', ...ways]))).toEqual([])
    const ask: NodeInput = ['ask', 'ask_question', { survey: 'why', question: 'reason' }]
    expect(places(compiled([start, ask, branch, bye], ['start>ask', 'ask>if', ...ways]))).toEqual([])
    const answered: NodeInput = ['start', 'entry', onEvent('survey_answered')]
    expect(places(compiled([answered, branch, bye], ['start>if', ...ways]))).toEqual([])
  })
})
