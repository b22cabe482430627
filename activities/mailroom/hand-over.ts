/** From claimed rows to providers and back: render, look once more, start the calls, record the answers. */
import type { Database } from '#db/client.ts'
import type { Claim, ClaimedDelivery } from '#db/repositories/delivery-claims.ts'
import { releaseClaimed, startHandOver } from '#db/repositories/delivery-handover.ts'
import { leadFieldValues } from '#db/repositories/gate-facts.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'
import type { Provider, RenderedMessage, SendResult } from '../providers/contract.ts'
import { createRecorder, type Answers, type Recorder } from './recorder.ts'
import type { Renderer } from './render.ts'
import { RenderError } from './template.ts'

export interface HandOver {
  db: Database
  poker: Poker
  render: Renderer
  /** Where a claimed message goes. */
  providerFor(channel: Channel, isLive: boolean): Provider
  claimedBy: string
  /** Aborted: what has not been handed over goes back to the queue. */
  signal: AbortSignal
}

/** Hands a claim's messages over and records what became of each. Resolves when all answers are in the ledger. */
export async function handOverClaim(parts: HandOver, claim: Claim): Promise<void> {
  const recorder = createRecorder(parts)
  const byProvider = new Map<Provider, RenderedMessage[]>()
  for (const claimed of claim.claimed) {
    const message = renderClaimed(parts, claimed, claim, recorder)
    if (message === null) continue
    const provider = parts.providerFor(message.channel, claimed.isLive)
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), message])
  }
  const sent = await Promise.allSettled(
    [...byProvider].map(([provider, messages]) => sendAll(parts, provider, messages, recorder)),
  )
  await recorder.settled()
  const failed = sent.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function renderClaimed(
  { render }: HandOver,
  { delivery, lead, enrollment }: ClaimedDelivery,
  { library }: Claim,
  recorder: Recorder,
): RenderedMessage | null {
  try {
    return render({
      deliveryId: delivery.id,
      channel: delivery.channel,
      purpose: delivery.purpose,
      content: delivery.content,
      isTest: delivery.isTest,
      lead: { id: lead.id, fields: leadFieldValues(lead) },
      entry: enrollment.properties,
      journey: { key: enrollment.journeyKey, name: enrollment.journeyName },
      library,
    })
  } catch (error) {
    // One message that cannot be made must not stop the others, whatever is wrong with it.
    const reason =
      error instanceof RenderError ? `${error.code}: ${error.message}` : `TEMPLATE_INVALID: ${String(error)}`
    recorder.add({ refused: [{ deliveryId: delivery.id, leadId: lead.id, kind: 'permanent', reason }] })
    return null
  }
}

/** As many calls at once as the provider takes, each begun only after its own last look. */
async function sendAll(
  parts: HandOver,
  provider: Provider,
  messages: readonly RenderedMessage[],
  recorder: Recorder,
): Promise<void> {
  const waiting = [...messages]
  const lane = async (): Promise<void> => {
    while (waiting.length > 0 && !parts.signal.aborted) {
      await sendOne(parts, provider, waiting.splice(0, provider.batchSize), recorder)
    }
  }
  const lanes = Math.min(provider.concurrency, Math.ceil(waiting.length / provider.batchSize))
  const results = await Promise.allSettled(Array.from({ length: lanes }, lane))
  await releaseClaimed(
    parts.db,
    parts.claimedBy,
    waiting.map((message) => message.deliveryId),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function sendOne(
  { db, claimedBy }: HandOver,
  provider: Provider,
  batch: readonly RenderedMessage[],
  recorder: Recorder,
): Promise<void> {
  const call: { going: RenderedMessage[]; answer: Promise<Answers> | null } = { going: [], answer: null }
  try {
    await db.transaction(async (tx) => {
      const ready = await startHandOver(tx, { claimedBy, messages: batch })
      call.going = batch.filter((message) => ready.has(message.deliveryId))
      // Begun before the commit, answered after it: unsubscribing waits for the former, not for the latter.
      if (call.going.length > 0) call.answer = answersOf(provider, call.going)
    })
  } catch (error) {
    // The call may be under way although the commit failed: its answer counts all the same.
    if (call.answer === null) throw error
  }
  if (call.answer !== null) recorder.add(await call.answer)
}

/** Begins the call at once; never rejects. What is not answered for is unknown. */
async function answersOf(provider: Provider, messages: readonly RenderedMessage[]): Promise<Answers> {
  const leadIds = new Map(messages.map((message) => [message.deliveryId, message.leadId]))
  const answers: Answers = { accepted: [], refused: [], unknown: [] }
  let results: SendResult[] = []
  try {
    results = await provider.send(messages)
  } catch {
    // Broken off in the middle: perhaps all were taken, perhaps none.
  }
  for (const result of results) {
    const { deliveryId } = result
    const leadId = leadIds.get(deliveryId)
    if (leadId === undefined || result.outcome === 'unknown') continue
    leadIds.delete(deliveryId)
    if (result.outcome === 'accepted') answers.accepted.push({ deliveryId, leadId, providerId: result.providerId })
    else if (result.outcome === 'permanent')
      answers.refused.push({ deliveryId, leadId, kind: 'permanent', reason: result.reason })
    else answers.refused.push({ deliveryId, leadId, kind: 'temporary', reason: result.reason })
  }
  answers.unknown.push(...leadIds.keys())
  return answers
}
