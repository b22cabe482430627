/** Wakes lead workflows after a commit. Losing a poke is safe: the poke row stays and the reconciler sends it again. */
import type { Client } from '@temporalio/client'
import { taskQueues } from '#engine/vocabulary.ts'

/** Ids that workflows/messages.ts also uses; repeated here because activities do not import workflows. */
const leadWorkflowType = 'leadWorkflow'
const pokeSignal = 'poke'

interface PokeOptions {
  /** 1 = a person's own act … 5 = a bulk job. @default 3 */
  priority?: number
  /** Pokes under way at once. @default 20 */
  concurrency?: number
}

export interface Poker {
  /** Signal-with-start for each lead. Never throws for a single lead; returns how many could not be poked. */
  poke(leadIds: readonly string[], options?: PokeOptions): Promise<{ failed: number }>
}

/** A poker over a Temporal client. `queuePrefix` isolates test runs that share a server. */
export function createPoker(client: Client, options: { queuePrefix?: string } = {}): Poker {
  const taskQueue = `${options.queuePrefix ?? ''}${taskQueues.leads}`
  return {
    async poke(leadIds, { priority = 3, concurrency = 20 } = {}) {
      const queue = [...new Set(leadIds)]
      let failed = 0
      const work = async (): Promise<void> => {
        for (let leadId = queue.pop(); leadId !== undefined; leadId = queue.pop()) {
          try {
            await client.workflow.signalWithStart(leadWorkflowType, {
              workflowId: `lead:${leadId}`,
              taskQueue,
              args: [{ leadId }],
              signal: pokeSignal,
              signalArgs: [],
              priority: { priorityKey: priority },
            })
          } catch {
            failed += 1
          }
        }
      }
      await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, work))
      return { failed }
    },
  }
}
