/** A refusal that a handler throws; `middleware/problem-details.ts` alone turns it into a response. */
import { problems, type ProblemCode, type ProblemIssue } from './contract/problem.ts'

/** Thrown by routes for what the caller can mend. The message is shown to the caller: no personal data of others. */
export class HttpProblem extends Error {
  readonly code: ProblemCode
  readonly issues: readonly ProblemIssue[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ProblemCode,
    message: string,
    more: { issues?: readonly ProblemIssue[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'HttpProblem'
    this.code = code
    this.issues = more.issues ?? []
    this.headers = more.headers ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }
}
