/** `/c/<token>`: a tracked link. Answers with the redirect whatever else is wrong; the click itself is judged later. */
import { BlockList } from 'node:net'
import { Router, type Request, type Response } from 'express'
import { suspectAtOnce } from '#activities/links/click-filter.ts'
import { judgeAfterMs, judgeClicks } from '#activities/links/judge-clicks.ts'
import { readToken } from '#activities/links/token.ts'
import { honeypotTarget } from '#activities/links/track-links.ts'
import { insertClick } from '#db/repositories/link-clicks.ts'
import { contactPolicySchema } from '#engine/library.ts'
import { contextOf } from '../middleware/request-context.ts'
import { describe } from '../middleware/problem-details.ts'
import type { PublicFrame } from './frame.ts'
import { PageProblem } from './problem.ts'
import { onPage } from './visit.ts'

/** Longest wait for the click to be kept; the insert goes on, the person goes on, too. */
const patienceMs = 500

/** How long the list of scanners' networks is used before it is read again. */
const networksFreshMs = 30_000

export function clickRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  const judge = createJudge(frame)
  const networks = createNetworks(frame)
  router.get(
    '/c/:token',
    onPage('/c/{token}', async (request, response) => {
      const read = readToken(frame.links, 'click', String(request.params['token']), frame.now())
      if (!read.ok) throw new PageProblem(read.reason)
      const { id: deliveryId, subject: url } = read.content
      const suspicion = suspectAtOnce({
        method: request.method,
        headers: request.headers,
        address: request.ip ?? null,
        networks: networks(),
        url,
      })
      const kept = insertClick(frame.db, { deliveryId, url, at: frame.now(), suspicion }).then(
        () => (suspicion === null ? judge() : undefined),
        (error: unknown) => contextOf(response).log.warn({ err: describe(error) }, 'a click was not kept'),
      )
      await Promise.race([kept, new Promise((give) => setTimeout(give, patienceMs).unref())])
      if (url === honeypotTarget) throw new PageProblem('unknown')
      follow(request, response, url)
    }),
  )
  return router
}

/** The target stands in the signed token, so this is no open redirect. */
function follow(request: Request, response: Response, url: string): void {
  response.set('X-Robots-Tag', 'noindex, nofollow').status(302).location(new URL(url).href)
  if (request.method === 'HEAD') response.end()
  else response.type('text/plain').send('')
}

/** Judges clicks as soon as they can be, one look for many; what a stopped process leaves, the reconciler judges. */
function createJudge(frame: PublicFrame): () => void {
  let timer: NodeJS.Timeout | null = null
  let isLooking = false
  let lastClickAt = 0
  /** Follows the company's settings from the first look on. */
  let after = judgeAfterMs({ policy: contactPolicySchema.parse({}) })
  const plan = (): void => {
    timer = setTimeout(() => void look(), after + 200).unref()
  }
  const look = async (): Promise<void> => {
    timer = null
    isLooking = true
    const startedAt = frame.now()
    try {
      after = judgeAfterMs(await frame.library())
      await judgeClicks(frame, startedAt)
    } catch {
      // The database is away; the reconciler looks as soon as it is back.
    }
    isLooking = false
    if (lastClickAt > startedAt - after) plan()
  }
  return () => {
    lastClickAt = frame.now()
    if (timer === null && !isLooking) plan()
  }
}

/** The company's list of scanner networks, read anew now and then without keeping anybody waiting. */
function createNetworks(frame: PublicFrame): () => BlockList | null {
  let list: BlockList | null = null
  let readAt = -Infinity
  const refresh = async (): Promise<void> => {
    const { scannerNetworks } = (await frame.library()).policy.tracking
    const fresh = new BlockList()
    for (const network of scannerNetworks) {
      const [address = '', prefix = ''] = network.split('/')
      fresh.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
    }
    list = scannerNetworks.length === 0 ? null : fresh
  }
  return () => {
    if (frame.now() - readAt > networksFreshMs) {
      readAt = frame.now()
      void refresh().catch(() => undefined)
    }
    return list
  }
}
