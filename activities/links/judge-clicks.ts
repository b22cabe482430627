/** Tells people's clicks from scanners', and records the former as events. */
import { createHash } from 'node:crypto'
import type { Database } from '#db/client.ts'
import { ingestEvents, type IncomingEvent } from '#db/repositories/events.ts'
import { readClicks, takePendingClicks, writeVerdicts, type PendingClick } from '#db/repositories/link-clicks.ts'
import { transact } from '#db/transact.ts'
import { toLeadTime } from '#engine/clock.ts'
import type { Library } from '#engine/library.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'
import { judgeClick } from './click-filter.ts'

const batchSize = 500

/** How long a click waits until all of a scanner's burst is in, beyond the burst's own length. */
const settleMs = 2000

/** Clicks of at least this age can be judged. */
export function judgeAfterMs({ policy }: Pick<Library, 'policy'>): number {
  return policy.tracking.burstSeconds * 1000 + settleMs
}

/**
 * Judges what is due. A person's first click on each link of a message becomes a `link_clicked` event; a second one, and a
 * scanner's, stay in the table and move nobody. Harmless to repeat, and from several processes at once.
 */
export async function judgeClicks(
  { db, poker, library }: { db: Database; poker: Poker; library: () => Promise<Library> },
  now: number,
): Promise<{ human: number; suspected: number }> {
  const words = await library()
  const counts = { human: 0, suspected: 0 }
  for (;;) {
    const { judged, leadIds, human } = await transact(db, async (tx) => {
      const pending = await takePendingClicks(tx, now - judgeAfterMs(words), batchSize)
      const clicks = await readClicks(
        tx,
        pending.map(({ deliveryId }) => deliveryId),
      )
      const verdicts = pending.map((click) => {
        const all = clicks.get(click.deliveryId) ?? []
        const own = all.find(({ id }) => id === click.id) ?? { ...click, suspicion: null }
        // A test lead's mail is accepted in its own time, which says nothing about the click's.
        const acceptedAt = click.clock === null ? click.acceptedAt : null
        return { click, reason: judgeClick(own, { all, acceptedAt, tracking: words.policy.tracking }) }
      })
      await writeVerdicts(
        tx,
        verdicts.map(({ click, reason }) => ({ id: click.id, reason })),
      )
      const people = verdicts.filter(({ reason }) => reason === null).map(({ click }) => toEvent(click))
      const recorded = await ingestEvents(tx, people, { library: words, priority: 1 })
      return { judged: pending.length, human: people.length, leadIds: recorded.leadIds }
    })
    await poker.poke(leadIds, { priority: 1 })
    counts.human += human
    counts.suspected += judged - human
    if (judged < batchSize) return counts
  }
}

function toEvent({ leadId, deliveryId, url, at, clock, ...of }: PendingClick): IncomingEvent {
  const link = createHash('sha256').update(url).digest('base64url').slice(0, 22)
  return {
    lead: { id: leadId },
    type: builtInEvents.linkClicked,
    occurredAt: toLeadTime(clock, at),
    properties: {
      url,
      delivery_id: deliveryId,
      journey_id: of.journeyId,
      step_id: of.stepId,
      channel: of.channel,
      ...(of.assetKey === null ? {} : { asset: of.assetKey }),
    },
    dedupeKey: `clicked:${deliveryId}:${link}`,
  }
}
