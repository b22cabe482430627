/** What can be wrong with what a person authored, as data: each problem at its place, all of them at once. */

export type IssueSeverity = 'error' | 'warning'

/** A problem in a graph, a rule or a mapping. `path` leads into the node's config (`['cases', 0, 'when', 'field']`). */
export interface Issue {
  code: IssueCode
  severity: IssueSeverity
  /** The node it belongs to; absent for problems of the journey as a whole. */
  nodeId?: string
  path: (string | number)[]
  /** What happened, the offending value in quotes, what to do. */
  message: string
  hint?: string
}

/** Every code, listed once, never reused, explained in docs/errors.md (a test compares the lists). */
export const issueCodes = [
  'GRAPH_MALFORMED',
  'GRAPH_FORMAT_UNKNOWN',
  'GRAPH_DUPLICATE_NODE',
  'GRAPH_DANGLING_EDGE',
  'GRAPH_DUPLICATE_EDGE',
  'GRAPH_UNKNOWN_PORT',
  'GRAPH_NO_ENTRY',
  'GRAPH_MANY_ENTRIES',
  'GRAPH_EDGE_INTO_ENTRY',
  'STEP_TYPE_UNKNOWN',
  'STEP_VERSION_UNKNOWN',
  'STEP_CONFIG_INVALID',
  'STEP_UNREACHABLE',
  'STEP_NEVER_REACHED',
  'STEP_PORT_UNWIRED',
  'STEP_DISABLED_BRANCH',
  'CYCLE_WITHOUT_WAIT',
  'SPLIT_NOT_100',
  'WAIT_WITHOUT_TIMEOUT',
  'GOTO_TARGET_MISSING',
  'REFERENCE_MISSING',
  'RESOURCE_IN_USE',
  'FIELD_UNKNOWN',
  'FIELD_READ_ONLY',
  'OPERATOR_UNKNOWN',
  'OPERATOR_NOT_FOR_TYPE',
  'RULE_VALUE_INVALID',
  'SEGMENT_CYCLE',
  'CALL_BEFORE_COOL_OFF',
  'PROMOTIONAL_IN_NURTURE',
  'TRANSACTIONAL_UNASKED',
  'MESSAGE_VARIABLE_UNKNOWN',
  'MESSAGE_TEMPLATE_INVALID',
  'MESSAGE_MJML_INVALID',
  'MESSAGE_HTML_UNSAFE',
  'MESSAGE_SUBJECT_DOUBTFUL',
  'MESSAGE_LINK_INSECURE',
  'MESSAGE_IMAGE_WITHOUT_ALT',
  'MESSAGE_TOO_LARGE',
  'TRANSACTIONAL_PROMOTES',
  'POSTCARD_TEXT_TOO_LONG',
  'POSTCARD_TEXT_UNPRINTABLE',
  'COMPANY_ADDRESS_MISSING',
  'COMPANY_FROM_MISSING',
  'TASK_WITHOUT_SLA',
  'ANSWER_NEVER_ASKED',
  'QUESTION_INVALID',
  'QUESTION_ORDER',
  'QUESTION_UNREACHABLE',
  'FORM_INVALID',
  'DURATION_INVALID',
  'ZONE_UNKNOWN',
] as const
export type IssueCode = (typeof issueCodes)[number]

/** True when nothing in the list blocks publishing. */
export function isPublishable(issues: readonly Issue[]): boolean {
  return issues.every((issue) => issue.severity !== 'error')
}
