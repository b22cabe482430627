/** Setting up webhooks: who is told what, and who may tell us. Each change is audited; secrets are in no audit row. */
import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { findEndpoint, type WebhookEndpoint } from '#db/repositories/webhooks.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { incomingHooks, webhookCalls, webhookEndpoints, type HookMapping } from '#db/schema/webhooks.ts'

export interface EndpointDraft {
  url: string
  description: string
  types: string[]
  includeTest: boolean
}

/** `whsec_` and 32 random bytes, as Standard Webhooks writes secrets. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

const audited = ({ url, description, types, includeTest, isActive }: WebhookEndpoint): Json => ({
  url,
  description,
  types,
  includeTest,
  isActive,
})

/** Makes an endpoint; what happens from its commit on is told. */
export async function createEndpoint(db: Database, draft: EndpointDraft, actor: string): Promise<WebhookEndpoint> {
  return db.transaction(async (tx) => {
    const values = { ...draft, id: newId(), secret: newSecret(), createdBy: actor }
    const [row] = await tx.insert(webhookEndpoints).values(values).returning()
    if (row === undefined) throw new Error('The endpoint was not written.')
    const subject = { subjectKind: 'webhook', subjectId: row.id }
    await tx.insert(auditLog).values({ actor, action: 'webhook.created', ...subject, after: audited(row) })
    return row
  })
}

/** Null when there is none. `secret` is there only when it is new. Turned on again, it counts as well until it fails. */
export async function changeEndpoint(
  db: Database,
  id: string,
  { rotateSecret, ...change }: Partial<EndpointDraft> & { isActive?: boolean; rotateSecret?: true },
  actor: string,
): Promise<{ endpoint: WebhookEndpoint; secret: string | null } | null> {
  return db.transaction(async (tx) => {
    const before = await findEndpoint(tx, id)
    if (before === null) return null
    const secret = rotateSecret === true ? newSecret() : null
    const set = {
      ...change,
      ...(secret === null ? {} : { secret }),
      ...(change.isActive === undefined ? {} : { disabledReason: null, failingSince: null }),
    }
    if (Object.keys(set).length > 0) await tx.update(webhookEndpoints).set(set).where(eq(webhookEndpoints.id, id))
    const endpoint = (await findEndpoint(tx, id)) ?? before
    const subject = { subjectKind: 'webhook', subjectId: id }
    const after = {
      ...(audited(endpoint) as Record<string, Json>),
      ...(secret === null ? {} : { secretRotated: true }),
    }
    await tx.insert(auditLog).values({ actor, action: 'webhook.changed', ...subject, before: audited(before), after })
    return { endpoint, secret }
  })
}

/** False when there is none. */
export async function deleteEndpoint(db: Database, id: string, actor: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const before = await findEndpoint(tx, id)
    if (before === null) return false
    await tx.delete(webhookEndpoints).where(eq(webhookEndpoints.id, id))
    const subject = { subjectKind: 'webhook', subjectId: id }
    await tx.insert(auditLog).values({ actor, action: 'webhook.deleted', ...subject, before: audited(before) })
    return true
  })
}

/** Queues a call of type `ping`; null when there is no such endpoint. */
export async function pingEndpoint(db: Database, id: string, actor: string): Promise<{ callId: string } | null> {
  return db.transaction(async (tx) => {
    if ((await findEndpoint(tx, id)) === null) return null
    const callId = newId()
    const call = { id: callId, endpointId: id, type: 'ping', source: 'ping' as const, sourceId: callId }
    await tx.insert(webhookCalls).values(call)
    await tx.insert(auditLog).values({ actor, action: 'webhook.pinged', subjectKind: 'webhook', subjectId: id })
    return { callId }
  })
}

/** Queues a call again under its old id; false when there is none. */
export async function repeatCall(db: Database, callId: string, actor: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(webhookCalls)
      .set({ status: 'queued', attempts: 0, nextAt: new Date(), endedAt: null })
      .where(eq(webhookCalls.id, callId))
      .returning({ endpointId: webhookCalls.endpointId })
    if (row === undefined) return false
    const subject = { subjectKind: 'webhook', subjectId: row.endpointId }
    await tx.insert(auditLog).values({ actor, action: 'webhook.call_repeated', ...subject, after: { callId } })
    return true
  })
}

export type IncomingHook = typeof incomingHooks.$inferSelect

export interface HookDraft {
  name: string
  scheme: 'standard' | 'hmac'
  header: string | null
  mapping: HookMapping
  /** The sender's own; one is made when it has none. */
  secret: string | null
}

/** Makes an address for a sender; its key is hard to guess, too. */
export async function createIncomingHook(db: Database, draft: HookDraft, actor: string): Promise<IncomingHook> {
  return db.transaction(async (tx) => {
    const key = randomBytes(12).toString('base64url')
    const values = { ...draft, key, secret: draft.secret ?? newSecret(), createdBy: actor }
    const [row] = await tx.insert(incomingHooks).values(values).returning()
    if (row === undefined) throw new Error('The incoming webhook was not written.')
    const { name, scheme, header, mapping } = row
    const after = JSON.parse(JSON.stringify({ name, scheme, header, mapping })) as Json
    const subject = { subjectKind: 'incoming_webhook', subjectId: key }
    await tx.insert(auditLog).values({ actor, action: 'incoming_webhook.created', ...subject, after })
    return row
  })
}

/** False when there is none. */
export async function deleteIncomingHook(db: Database, key: string, actor: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .delete(incomingHooks)
      .where(eq(incomingHooks.key, key))
      .returning({ name: incomingHooks.name })
    if (row === undefined) return false
    const subject = { subjectKind: 'incoming_webhook', subjectId: key }
    await tx
      .insert(auditLog)
      .values({ actor, action: 'incoming_webhook.deleted', ...subject, before: { name: row.name } })
    return true
  })
}
