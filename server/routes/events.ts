import { recordEvents } from '#activities/events/record-events.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import type { Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { eventItemSchema, ingestEvents, type EventItem, type EventResult } from '../contract/events.ts'
import type { ProblemIssue } from '../contract/problem.ts'
import { implement, ok, toProblemIssues, type Implementation } from '../routing.ts'

export function eventRoutes(deps: { db: Database; poker: Poker; library: () => Promise<Library> }): Implementation[] {
  return [
    implement(ingestEvents, async ({ body }, { actor, requestId }) => {
      const parsed = body.events.map((item) => eventItemSchema.safeParse(item))
      const good = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]))
      const recorded =
        good.length === 0 ? [] : await recordEvents(deps, { events: good.map(toIncoming), actor, batchId: requestId })
      const outcomes = recorded[Symbol.iterator]()
      const results = parsed.map((item, index): EventResult => {
        const path = ['body', 'events', index]
        if (item.data === undefined) {
          return rejected(index, givenMessageId(body.events[index]), toProblemIssues(item.error, path))
        }
        const { messageId } = item.data
        const outcome = outcomes.next().value
        if (outcome === undefined) throw new Error('recordEvents answered fewer events than it was given.')
        if (outcome.status === 'refused') {
          const { code, message } = outcome
          return rejected(index, messageId, [
            { code, severity: 'error', path: [...path, code === 'EVENT_RESERVED' ? 'event' : 'lead'], message },
          ])
        }
        const status = outcome.status === 'recorded' ? 'accepted' : 'duplicate'
        return { index, messageId, status, leadId: outcome.leadId, issues: [] }
      })
      return ok({
        accepted: count(results, 'accepted'),
        duplicates: count(results, 'duplicate'),
        rejected: count(results, 'rejected'),
        results,
      })
    }),
  ]
}

function toIncoming({ messageId, lead, event, occurredAt, properties }: EventItem) {
  return {
    lead,
    type: event,
    dedupeKey: messageId,
    properties: properties as Record<string, Json>,
    ...(occurredAt === undefined ? {} : { occurredAt: Date.parse(occurredAt) }),
  }
}

function rejected(index: number, messageId: string | null, issues: ProblemIssue[]): EventResult {
  return { index, messageId, status: 'rejected', leadId: null, issues }
}

/** The id of an item that does not fit, so that its sender can tell which it was. */
function givenMessageId(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || !('messageId' in item)) return null
  return typeof item.messageId === 'string' ? item.messageId.slice(0, 200) : null
}

function count(results: readonly EventResult[], status: EventResult['status']): number {
  return results.reduce((sum, result) => sum + (result.status === status ? 1 : 0), 0)
}
