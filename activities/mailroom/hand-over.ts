/** From claimed rows to messages in their lanes. */
import { setImmediate } from 'node:timers/promises'
import type { Claim, ClaimedDelivery } from '#db/repositories/delivery-claims.ts'
import { leadFieldValues } from '#db/repositories/gate-facts.ts'
import type { Library } from '#engine/library.ts'
import type { createGroundLoader, MessageGround } from '../messages/ground.ts'
import type { RenderedMessage } from '../providers/contract.ts'
import type { Lanes } from './lanes.ts'
import type { Recorder } from './recorder.ts'
import type { Renderer } from './render.ts'
import { RenderError } from './template.ts'

export interface HandOver {
  render: Renderer
  /** Reads what rendering needs beside the claim. */
  readGround: ReturnType<typeof createGroundLoader>
  /** Where a claimed message goes. */
  lanesFor(isLive: boolean): Lanes
  recorder: Recorder
}

/** Rendered in one go; answers of calls under way are not kept waiting for longer. */
const renderedAtOnce = 8

/** Renders a claim's messages and gives each to its lanes. What cannot be rendered is recorded as failed. */
export async function handOverClaim(parts: HandOver, claim: Claim): Promise<void> {
  const groundOf = await parts.readGround(claim)
  for (let start = 0; start < claim.claimed.length; start += renderedAtOnce) {
    const byLanes = new Map<Lanes, { message: RenderedMessage; priority: number }[]>()
    for (const claimed of claim.claimed.slice(start, start + renderedAtOnce)) {
      const message = renderClaimed(parts, claimed, claim.library, groundOf(claimed))
      if (message === null) continue
      const lanes = parts.lanesFor(claimed.isLive)
      byLanes.set(lanes, [...(byLanes.get(lanes) ?? []), { message, priority: claimed.delivery.priority }])
    }
    for (const [lanes, messages] of byLanes) lanes.add(messages)
    await setImmediate()
  }
}

function renderClaimed(
  { render, recorder }: HandOver,
  { delivery, lead, enrollment, isLive }: ClaimedDelivery,
  library: Library,
  ground: MessageGround,
): RenderedMessage | null {
  try {
    return render({
      ...ground,
      deliveryId: delivery.id,
      channel: delivery.channel,
      purpose: delivery.purpose,
      content: delivery.content,
      isTest: delivery.isTest,
      isLive,
      stepId: delivery.stepId,
      lead: { id: lead.id, fields: leadFieldValues(lead) },
      entry: enrollment.properties,
      journey: { key: enrollment.journeyKey, name: enrollment.journeyName },
      library,
    })
  } catch (error) {
    // What the company has to mend is no fault of the message: it waits, and is looked at again in a while.
    if (error instanceof RenderError && companyCodes.has(error.code)) {
      recorder.add({ held: [{ deliveryId: delivery.id, reason: `${error.code}: ${error.message}` }] })
      return null
    }
    // One message that cannot be made must not stop the others, whatever is wrong with it.
    const reason =
      error instanceof RenderError ? `${error.code}: ${error.message}` : `TEMPLATE_INVALID: ${String(error)}`
    recorder.add({ refused: [{ deliveryId: delivery.id, leadId: lead.id, kind: 'permanent', reason }] })
    return null
  }
}

/** Reasons that concern every message alike until somebody has changed the company's settings. */
const companyCodes: ReadonlySet<string> = new Set(['COMPANY_ADDRESS_MISSING', 'PUBLIC_URL_INSECURE'])
