/**
 * Erasure (GDPR Art. 17): the person leaves, the counts stay. A tombstone is left under the lead's id so that nothing
 * breaks and nothing is sent; every run of its Temporal execution is deleted (by the server, within half a minute). Irreversible.
 */
import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import { and, eq, inArray } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { eraseLeads, findPerson } from '#db/repositories/erasure.ts'
import { countLeadRows } from '#db/repositories/lead-data.ts'
import { lockLeads } from '#db/repositories/lead-locks.ts'
import { transact } from '#db/transact.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { auditLog } from '#db/schema/tasks.ts'

export type Erasure =
  /** `runsDeleted` is null when Temporal could not be reached: the person is gone from Postgres; call again. */
  { erased: true; leadId: string; runsDeleted: number | null } | { erased: false; reason: string }

/** What a person must say to mean it. */
export function erasureConfirmation(leadId: string): string {
  return `erase ${leadId.slice(0, 8)}`
}

/** What an erasure would take away. Null when there is no such lead. */
export async function previewErasure(db: Database, leadId: string) {
  return db.transaction(async (tx) => {
    const person = await findPerson(tx, leadId)
    if (person === null) return null
    const rows = await countLeadRows(tx, person.all)
    return { leadId: person.leadId, people: person.all.length, rows, confirm: erasureConfirmation(person.leadId) }
  })
}

export interface ErasureRequest {
  /** Any id of the person: the lead, or one that was merged into it. */
  leadId: string
  actor: string
  /** Kept in the audit log: write no names. */
  reason: string
}

/** How often, at most, what finishes late is looked at again. */
const mostLooks = 40
const lookEveryMs = 250
const quietLooksEnough = 4

/**
 * Erases one person: the lead, what was merged into it, and test leads made of it. Repeating it is harmless: what an
 * interrupted erasure left in Temporal is deleted then.
 * @throws when Postgres cannot be reached; call again.
 */
export async function eraseLead(
  { db, client }: { db: Database; client: Client },
  request: ErasureRequest,
): Promise<Erasure> {
  const person = await erasePerson(db, request)
  if (person === null) return { erased: false, reason: `There is no lead "${request.leadId}".` }
  const runsDeleted = await eraseAllExecutions(client, person.all)
  // A message that was with its provider at the time is written down after the erasure: once more, without it.
  if (await waitForCalls(db, person.all)) await erasePerson(db, request)
  return { erased: true, leadId: person.leadId, runsDeleted }
}

/** The part in Postgres: one transaction. Null when there is no such lead. */
export async function erasePerson(
  db: Database,
  request: ErasureRequest,
): Promise<{ leadId: string; all: string[] } | null> {
  const { actor, reason } = request
  return transact(db, async (tx) => {
    const found = await findPerson(tx, request.leadId)
    if (found === null) return null
    const locked = await lockLeads(tx, found.all)
    // A merge may have come in between; nothing can now.
    const person = (await findPerson(tx, request.leadId)) ?? found
    if (person.all.some((id) => !locked.has(id)))
      for (const [id, lead] of await lockLeads(tx, person.all)) locked.set(id, lead)
    await eraseLeads(tx, person.all)
    if (locked.get(person.leadId)?.row.erasedAt === null) {
      await tx
        .insert(auditLog)
        .values({ actor, action: 'lead.erase', subjectKind: 'lead', subjectId: person.leadId, after: { reason } })
    }
    return person
  })
}

/** Null when Temporal cannot be reached: what is erased from Postgres stays erased. */
async function eraseAllExecutions(client: Client, leadIds: readonly string[]): Promise<number | null> {
  let deleted = 0
  try {
    for (const leadId of leadIds) deleted += await eraseExecutions(client, leadId)
    return deleted
  } catch (error) {
    if (isGrpcServiceError(error) && unreachableCodes.has(error.code)) return null
    throw error
  }
}

/** Ends every run of the lead's execution and has it deleted; histories hold ids only, but they go, too. */
async function eraseExecutions(client: Client, leadId: string): Promise<number> {
  const workflowId = `lead:${leadId}`
  const { namespace } = client.options
  const deleted = new Set<string>()
  const drop = async (runId: string): Promise<void> => {
    if (deleted.has(runId)) return
    deleted.add(runId)
    await client.workflowService
      .deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId } })
      .catch(ignoreMissing)
  }
  const handle = client.workflow.getHandle(workflowId)
  await handle.terminate(erasedReason).catch(ignoreMissing)
  const current = await handle.describe().catch(ignoreMissing)
  if (current !== undefined) await drop(current.runId)
  // The list follows events by a moment: until it shows nothing new for a while. What is asked to be deleted goes within
  // half a minute, and is shown until then.
  for (let quietLooks = 0; quietLooks < quietLooksEnough; quietLooks += 1) {
    await pause()
    const before = deleted.size
    for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) await drop(run.runId)
    if (deleted.size > before) quietLooks = -1
  }
  return deleted.size
}

const erasedReason = 'The lead was erased.'

function ignoreMissing(error: unknown): undefined {
  const isMissing = error instanceof WorkflowNotFoundError || (error as { code?: unknown }).code === notFoundCode
  // Terminating what has completed is refused in the same words as what is not there.
  if (!isMissing) throw error
}

/** gRPC NOT_FOUND. */
const notFoundCode = 5
/** gRPC DEADLINE_EXCEEDED and UNAVAILABLE. */
const unreachableCodes: ReadonlySet<number> = new Set([4, 14])

/** Waits, for some seconds, until no provider holds a message of these leads. True when one did. */
async function waitForCalls(db: Database, leadIds: string[]): Promise<boolean> {
  for (let look = 0; look < mostLooks; look += 1) {
    const sending = await db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(and(inArray(deliveries.leadId, leadIds), eq(deliveries.status, 'sending')))
      .limit(1)
    if (sending.length === 0) return look > 0
    await pause()
  }
  return true
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookEveryMs))
}
