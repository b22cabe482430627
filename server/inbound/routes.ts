/**
 * Where mail providers hand in what came back: `POST /api/v1/inbound/mail` (a raw message) and `/api/v1/inbound/feedback`
 * (JSON). Asked before everything that needs a person or a key: the secret is the proof. Without INBOUND_SECRET they do
 * not exist.
 */
import express, { Router, type NextFunction, type Request, type Response } from 'express'
import { z } from 'zod'
import { takeFeedback } from '#activities/inbound/take-feedback.ts'
import { takeInMail, type InboundDependencies } from '#activities/inbound/take-in.ts'
import { deliveryFeedbackKinds } from '#engine/vocabulary.ts'
import { problemDetails } from '../middleware/problem-details.ts'
import { contextOf } from '../middleware/request-context.ts'
import { HttpProblem } from '../problem.ts'
import { toProblemIssues } from '../routing.ts'
import { isProved } from './proof.ts'

const mostBytes = 10_000_000

const feedbackSchema = z.strictObject({
  feedback: z
    .array(
      z.strictObject({
        /** Our Message-ID or the delivery's id. */
        message: z.string().min(1).max(500),
        kind: z.enum(deliveryFeedbackKinds),
        code: z.string().max(40).default('unknown'),
      }),
    )
    .min(1)
    .max(500),
})

export function inboundWebhooks(
  options: InboundDependencies & { secret: string | undefined; now: () => number },
): Router {
  const router = Router({ caseSensitive: true })
  const { secret } = options
  if (secret === undefined) return router
  const raw = express.raw({ type: () => true, limit: mostBytes })
  const prove = (request: Request, response: Response, next: NextFunction): void => {
    contextOf(response).route = `/api/v1/inbound${request.path}`
    if (!isProved(request.headers, bodyOf(request), secret, options.now())) {
      throw new HttpProblem('INBOUND_UNPROVED', 'The request does not prove that it knows INBOUND_SECRET.', {
        headers: { 'WWW-Authenticate': 'Bearer' },
      })
    }
    next()
  }
  const answer =
    (work: (body: Buffer) => Promise<object>) => (request: Request, response: Response, next: NextFunction) => {
      work(bodyOf(request)).then((reply) => response.json(reply), next)
    }
  const takeMail = async (body: Buffer): Promise<object> => {
    const { outcome, kind } = await takeInMail(options, { raw: body, source: 'webhook' })
    // Nothing of the lead: a provider needs to know only that it need not send it again.
    return { outcome, kind }
  }
  const takeAll = async (body: Buffer): Promise<object> => {
    const outcomes: string[] = []
    for (const one of readFeedback(body).feedback) outcomes.push(await takeFeedback(options, one))
    return { outcomes }
  }
  router.post('/mail', raw, prove, answer(takeMail))
  router.post('/feedback', raw, prove, answer(takeAll))
  router.use(problemDetails)
  return router
}

function bodyOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

function readFeedback(body: Buffer): z.infer<typeof feedbackSchema> {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new HttpProblem('MALFORMED_JSON', 'The body is not JSON.')
  }
  const parsed = feedbackSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new HttpProblem('REQUEST_INVALID', 'The feedback does not fit; see docs/inbound.md.', {
    issues: toProblemIssues(parsed.error, ['body']),
  })
}
