/** How errors look on the wire: RFC 9457 problem details with a code and, where there are several, each issue. */
import { z } from 'zod'

/** Every code, with its status and title. Codes are never reused; docs/api.md explains them. */
export const problems = {
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON' },
  MALFORMED_URL: { status: 400, title: 'The address cannot be read' },
  REQUEST_INVALID: { status: 400, title: 'The request does not fit' },
  SIGN_IN_REQUIRED: { status: 401, title: 'Sign-in or key needed' },
  KEY_REFUSED: { status: 401, title: 'The key opens nothing' },
  SIGN_IN_FAILED: { status: 401, title: 'Not signed in' },
  SCOPE_MISSING: { status: 403, title: 'Not allowed' },
  INBOUND_UNPROVED: { status: 401, title: 'The provider has not proved itself' },
  SIGNATURE_INVALID: { status: 401, title: 'The signature is not valid' },
  HOST_REFUSED: { status: 403, title: 'Unknown host name' },
  ORIGIN_REFUSED: { status: 403, title: 'Request from another site' },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such address' },
  LEAD_NOT_FOUND: { status: 404, title: 'No such lead' },
  JOURNEY_NOT_FOUND: { status: 404, title: 'No such journey' },
  ENROLLMENT_NOT_FOUND: { status: 404, title: 'No such enrollment' },
  DELIVERY_NOT_FOUND: { status: 404, title: 'No such delivery' },
  TASK_NOT_FOUND: { status: 404, title: 'No such task' },
  PERSON_NOT_FOUND: { status: 404, title: 'No such person' },
  QUEUE_NOT_FOUND: { status: 404, title: 'No such queue' },
  STEP_NOT_FOUND: { status: 404, title: 'No such step' },
  KEY_NOT_FOUND: { status: 404, title: 'No such key' },
  INVITATION_INVALID: { status: 404, title: 'The invitation works no more' },
  WEBHOOK_NOT_FOUND: { status: 404, title: 'No such webhook' },
  SURVEY_NOT_FOUND: { status: 404, title: 'No such survey' },
  FORM_NOT_FOUND: { status: 404, title: 'No such form' },
  SUBMISSION_NOT_FOUND: { status: 404, title: 'No such submission' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Not possible at this address' },
  JOURNEY_NOT_LIVE: { status: 409, title: 'The journey is not live' },
  ENROLLMENT_ENDED: { status: 409, title: 'The enrollment has ended' },
  CONTROL_NOT_POSSIBLE: { status: 409, title: 'Not possible as things stand' },
  TASK_CLOSED: { status: 409, title: 'The task is closed' },
  TASK_CLAIMED: { status: 409, title: 'Somebody else works on the task' },
  TASK_NOT_YOURS: { status: 409, title: 'The task is somebody else’s' },
  CHOOSING_FORBIDDEN: { status: 409, title: 'This queue hands its tasks out' },
  CALL_REFUSED: { status: 409, title: 'The lead must not be called' },
  CALL_NOT_NOW: { status: 409, title: 'The lead may not be called now' },
  PERSON_UNAVAILABLE: { status: 409, title: 'The person is not there' },
  QUEUE_NOT_EMPTY: { status: 409, title: 'The queue still holds tasks' },
  UNDO_TOO_LATE: { status: 409, title: 'Too late to take it back' },
  SENDING_IMPOSSIBLE: { status: 409, title: 'Real mail cannot leave yet' },
  COMPANY_INCOMPLETE: { status: 409, title: 'Real mail needs more of the company' },
  SENDER_UNKNOWN: { status: 409, title: 'Nobody is named as the sender' },
  TEST_ADDRESS_REFUSED: { status: 409, title: 'No test may go there' },
  TEST_NOT_SENT: { status: 409, title: 'The test was not sent' },
  IDENTITY_CONFLICT: { status: 409, title: 'The identities belong to different leads' },
  IDEMPOTENCY_KEY_IN_USE: { status: 409, title: 'The first request has not ended' },
  IDEMPOTENCY_ANSWER_GONE: { status: 409, title: 'The answer was erased' },
  LEAD_GONE: { status: 409, title: 'The lead was erased' },
  MERGE_NOT_POSSIBLE: { status: 409, title: 'These leads cannot be merged' },
  SUBMISSION_DECIDED: { status: 409, title: 'The submission was decided otherwise' },
  RESOURCE_IN_USE: { status: 409, title: 'Live journeys need it as it is' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is not JSON' },
  WEBHOOK_UNREADABLE: { status: 422, title: 'The body cannot be used' },
  RULE_INVALID: { status: 422, title: 'The rule has problems' },
  OUTCOME_UNKNOWN: { status: 422, title: 'The task has no such outcome' },
  SNOOZE_INVALID: { status: 422, title: 'The task cannot be put off so' },
  PERSON_INVALID: { status: 422, title: 'The person has problems' },
  QUEUE_INVALID: { status: 422, title: 'The queue has problems' },
  CUE_INVALID: { status: 422, title: 'The cue has problems' },
  ALLOW_LIST_ENTRY_INVALID: { status: 422, title: 'Neither an address nor a domain' },
  CHANNEL_UNKNOWN: { status: 422, title: 'No such channel' },
  STEP_NOT_A_MESSAGE: { status: 422, title: 'The step sends no message' },
  MESSAGE_INVALID: { status: 422, title: 'The message has problems' },
  LEAD_INVALID: { status: 422, title: 'The lead has problems' },
  SETTINGS_INVALID: { status: 422, title: 'The settings have problems' },
  SURVEY_INVALID: { status: 422, title: 'The survey has problems' },
  FORM_INVALID: { status: 422, title: 'The form has problems' },
  SCOPE_UNKNOWN: { status: 422, title: 'There is no such right' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The key was used for another request' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  STREAMS_EXHAUSTED: { status: 503, title: 'Too many streams' },
  CONFIRMATION_WRONG: { status: 422, title: 'Not confirmed' },
  INTERNAL: { status: 500, title: 'Something went wrong here' },
  TEMPORAL_UNAVAILABLE: { status: 503, title: 'Temporal cannot be reached' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database cannot be reached' },
} as const
export type ProblemCode = keyof typeof problems
export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]]

/** One thing that is wrong, at its place in the request. */
export const problemIssueSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  path: z.array(z.union([z.string(), z.number()])),
  message: z.string(),
  hint: z.string().optional(),
})
export type ProblemIssue = z.infer<typeof problemIssueSchema>

/** The body of every response of status 400 or above (`application/problem+json`, RFC 9457). */
export const problemSchema = z.object({
  /** `urn:trellis:problem:` and the code in lower case. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What happened, the offending value in quotes, what to do. */
  detail: z.string(),
  /** `urn:uuid:` and the request id, as in the log. */
  instance: z.string(),
  code: z.enum(problemCodes),
  issues: z.array(problemIssueSchema).optional(),
})
export type Problem = z.infer<typeof problemSchema>
