/** Steps with one problem each, and a fix that should be offered for it. */
import type { GraphNode } from '#engine/graph/schema.ts'
import type { IssueCode } from '#engine/issues.ts'

const compare = (field: string, op: string, value?: unknown) => ({ kind: 'compare', field, op, value })
export const always = { kind: 'always' }
const both = (...rules: unknown[]) => ({ kind: 'all', rules })
const branchOn = (when: unknown) => ({ type: 'branch', config: { cases: [{ id: 'a', name: 'A', when }] } })
const mail = (body: string) => ({ type: 'send_email', config: { subject: 'Hello', body } })

/** A step with one problem of its own, and what should be offered first. */
export const spoiltSteps: { code: IssueCode; offers: string; node: GraphNode }[] = (
  [
    [
      'SPLIT_NOT_100',
      'Make it 100 %, in the same proportions',
      {
        type: 'split',
        config: {
          ways: [
            { id: 'a', percent: 50 },
            { id: 'b', percent: 60 },
            { id: 'c', percent: 1 },
          ],
        },
      },
    ],
    [
      'SPLIT_NOT_100',
      'Share evenly',
      {
        type: 'split',
        config: {
          ways: [
            { id: 'a', percent: 0 },
            { id: 'b', percent: 0 },
            { id: 'c', percent: 0 },
          ],
        },
      },
    ],
    ['WAIT_WITHOUT_TIMEOUT', 'Wait 7 days at most', { type: 'wait_for_event', config: { event: 'replied' } }],
    [
      'TASK_WITHOUT_SLA',
      'Make it due within 8 working hours',
      { type: 'create_task', config: { title: 'Look', outcomes: [{ id: 'done', label: 'Done' }] } },
    ],
    ['DURATION_INVALID', 'Choose a length…', { type: 'wait', config: { duration: 'P90Y' } }],
    ['DURATION_INVALID', 'Choose a length…', { type: 'wait', config: { duration: 'three days' } }],
    [
      'REFERENCE_MISSING',
      'Choose another asset…',
      { type: 'send_asset', config: { asset: 'gide', subject: 'x', body: 'y' } },
    ],
    ['REFERENCE_MISSING', 'Choose another survey…', { type: 'send_survey', config: { survey: 'fitt' } }],
    [
      'REFERENCE_MISSING',
      'Choose another question…',
      {
        type: 'branch_on_answer',
        config: { survey: 'fit', question: 'sise', cases: [{ id: 'a', values: ['small'] }] },
      },
    ],
    ['REFERENCE_MISSING', 'Choose another journey…', { type: 'enroll_in', config: { journey: 'wellcome' } }],
    ['REFERENCE_MISSING', 'Choose another segment…', branchOn(both({ kind: 'in_segment', segment: 'warmer' }, always))],
    ['GOTO_TARGET_MISSING', 'Choose another step…', { type: 'go_to', config: { target: 'nowhere' } }],
    ['STEP_CONFIG_INVALID', 'Choose a survey…', { type: 'send_survey', config: {} }],
    [
      'STEP_CONFIG_INVALID',
      'Remove the setting “colour”',
      { type: 'wait', config: { duration: 'P1D', colour: 'red' } },
    ],
    [
      'STEP_CONFIG_INVALID',
      'Remove the setting “pool”',
      {
        type: 'send_asset',
        config: { asset: 'guide', pool: 'offers', allowPromotional: true, subject: 'x', body: 'y' },
      },
    ],
    [
      'STEP_CONFIG_INVALID',
      'Give it an id of its own: “a-2”',
      {
        type: 'split',
        config: {
          ways: [
            { id: 'a', percent: 50 },
            { id: 'a', percent: 50 },
          ],
        },
      },
    ],
    [
      'STEP_CONFIG_INVALID',
      'Choose what is allowed…',
      { type: 'send_email', config: { subject: 'x', body: 'y', purpose: 'nurturing' } },
    ],
    ['FIELD_UNKNOWN', 'Choose another field…', branchOn(compare('scores', 'gt', 5))],
    ['FIELD_UNKNOWN', 'Choose another field…', { type: 'set_field', config: { field: 'bugdet', value: 5 } }],
    ['FIELD_READ_ONLY', 'Choose another field…', { type: 'set_field', config: { field: 'score', value: 5 } }],
    ['OPERATOR_NOT_FOR_TYPE', 'Compare in another way…', branchOn(compare('score', 'contains', 5))],
    ['OPERATOR_NOT_FOR_TYPE', 'Remove this condition', branchOn(both(compare('score', 'within_last', 'P3D'), always))],
    ['RULE_VALUE_INVALID', 'Swap the two values', branchOn(compare('score', 'between', [9, 3]))],
    ['RULE_VALUE_INVALID', 'Choose one of its options…', branchOn(compare('stage', 'is', 'qualifed'))],
    [
      'RULE_VALUE_INVALID',
      'Take out “huge”',
      {
        type: 'branch_on_answer',
        config: { survey: 'fit', question: 'size', cases: [{ id: 'a', values: ['small', 'huge'] }] },
      },
    ],
    [
      'ANSWER_NEVER_ASKED',
      'Ask the question before it',
      {
        type: 'branch_on_answer',
        config: { survey: 'fit', question: 'size', cases: [{ id: 'a', values: ['small'] }] },
      },
    ],
    [
      'PROMOTIONAL_IN_NURTURE',
      'Allow promotional assets in this step',
      { type: 'send_asset', config: { asset: 'offer', subject: 'x', body: 'y' } },
    ],
    [
      'PROMOTIONAL_IN_NURTURE',
      'Allow promotional assets in this step',
      { type: 'invite', config: { pool: 'offers', subject: 'x', body: 'y' } },
    ],
    [
      'MESSAGE_VARIABLE_UNKNOWN',
      'Write {{ lead.first_name }} instead',
      mail('Hello {{ lead.firstname | default: "x" }}'),
    ],
    ['MESSAGE_VARIABLE_UNKNOWN', 'Write {{ lead.company }} instead', mail('At {{ compny }}')],
    ['MESSAGE_TEMPLATE_INVALID', 'Close the braces', mail('Hello {{ lead.first_name and all')],
    [
      'ZONE_UNKNOWN',
      'Use UTC (the company’s)',
      { type: 'wait_until_date', config: { field: 'created_at', zone: 'Europa/Berlin' } },
    ],
    ['STEP_TYPE_UNKNOWN', 'Remove the step', { type: 'no_such_step', config: {} }],
  ] as [IssueCode, string, { type: string; config: Record<string, unknown> }][]
).map(([code, offers, step], index) => ({ code, offers, node: { id: `spoilt${String(index)}`, ...step } }))
