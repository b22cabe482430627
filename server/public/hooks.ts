/** Where other systems post what leads did: `/hooks/<key>`, signed, from anywhere, without cookies. */
import express, { Router, type Request, type Response } from 'express'
import { receiveWebhook } from '#activities/webhooks/incoming.ts'
import { problems } from '../contract/problem.ts'
import { contextOf } from '../middleware/request-context.ts'

/** As large as a sender's body may be. */
const limit = '256kb'

export function hookRoutes(deps: Parameters<typeof receiveWebhook>[0] & { now: () => number }): Router {
  const router = Router({ caseSensitive: true })
  // The signature is over the bytes as they came, so nothing may parse them before.
  router.post('/hooks/:key', express.raw({ type: () => true, limit }), (request, response, next) => {
    answer(request, response).then(undefined, next)
  })

  const answer = async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(response)
    context.route = '/hooks/{key}'
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(' ') : value]),
    )
    const result = await receiveWebhook(deps, {
      key: String(request.params['key'] ?? ''),
      headers,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      now: deps.now(),
      requestId: context.requestId,
    })
    if (result.done) {
      response.status(202).json({ status: result.status })
      return
    }
    const { code, message: detail } = result
    const { status, title } = problems[code]
    const type = `urn:trellis:problem:${code.toLowerCase()}`
    const instance = `urn:uuid:${context.requestId}`
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ type, title, status, detail, instance, code }))
  }
  return router
}
