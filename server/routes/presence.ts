import type { Request, RequestHandler, Response } from 'express'
import type { Database } from '#db/client.ts'
import { notePresence, removePresence } from '#db/repositories/presence.ts'
import { cleanJson } from '../middleware/json-body.ts'
import { journeyStreamRoute } from '../contract/journey-stream.ts'
import { announcePresence, endPresence, presenceLifetimeMs } from '../contract/presence.ts'
import type { EventStreams } from '../event-streams.ts'
import type { JourneyFeed } from '../journey-feed.ts'
import { readEditors } from '../journey-states.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'

export function presenceRoutes({ db }: { db: Database }): Implementation[] {
  return [
    implement(announcePresence, async ({ params, body }, { principal }) => {
      const { id: journeyId } = await requireJourney(db, params.journey)
      const { actor, name } = principal
      const { tab, step, mode } = body
      await notePresence(db, { journeyId, tab, actor, name, stepId: step, mode }, presenceLifetimeMs)
      return ok({ editors: (await readEditors(db, [journeyId])).get(journeyId) ?? [] })
    }),

    implement(endPresence, async ({ params, query }, { actor }) => {
      const { id: journeyId } = await requireJourney(db, params.journey)
      return ok({ ended: await removePresence(db, { journeyId, tab: query.tab, actor }) })
    }),
  ]
}

/** The stream of one journey; the path's parameter is `journey`. */
export function journeyStream(db: Database, feed: JourneyFeed, streams: EventStreams): RequestHandler {
  return async (request: Request, response: Response) => {
    const { journey } = cleanJson(request.params) as { journey: string }
    const { id } = await requireJourney(db, journey)
    // Closed while the journey was looked up: it would never tell again.
    if (response.destroyed) return
    const opened = streams.open(request, response, journeyStreamRoute)
    const stop = feed.watch(id, {
      onEvent: (name, data) => opened.send(`event: ${name}\ndata: ${data}\n\n`),
      onEnd: opened.end,
    })
    opened.onClose(stop)
  }
}
