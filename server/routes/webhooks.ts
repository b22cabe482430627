import {
  changeEndpoint,
  createEndpoint,
  createIncomingHook as createHook,
  deleteEndpoint,
  deleteIncomingHook as deleteHook,
  pingEndpoint,
  repeatCall,
  type IncomingHook,
} from '#activities/webhooks/endpoints.ts'
import type { Database } from '#db/client.ts'
import {
  findEndpoint,
  listCalls,
  listEndpoints,
  listHooks,
  type WebhookCall,
  type WebhookEndpoint,
} from '#db/repositories/webhooks.ts'
import {
  changeWebhook,
  createIncomingHook,
  createWebhook,
  deleteIncomingHook,
  deleteWebhook,
  listIncomingHooks,
  listWebhookCalls,
  listWebhooks,
  pingWebhook,
  repeatWebhookCall,
  type IncomingHookView,
  type WebhookCallView,
  type WebhookEndpointView,
} from '../contract/webhooks.ts'
import { readCursor, toPage } from '../paging.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { accepted, implement, ok, reply, type Implementation } from '../routing.ts'

export function webhookRoutes({ db, publicUrl }: { db: Database; publicUrl: string }): Implementation[] {
  return [
    implement(listWebhooks, async () => ok({ items: (await listEndpoints(db)).map(presentEndpoint) })),

    implement(createWebhook, async ({ body }, { actor }) => {
      const endpoint = await createEndpoint(db, body, actor)
      return reply(201, { ...presentEndpoint(endpoint), secret: endpoint.secret })
    }),

    implement(changeWebhook, async ({ params, body }, { actor }) => {
      const given = Object.entries(body).filter(([, value]) => value !== undefined)
      const changed = await changeEndpoint(db, params.id, Object.fromEntries(given), actor)
      if (changed === null) throw noWebhook(params.id)
      return ok({ ...presentEndpoint(changed.endpoint), secret: changed.secret })
    }),

    implement(deleteWebhook, async ({ params }, { actor }) => {
      if (!(await deleteEndpoint(db, params.id, actor))) throw noWebhook(params.id)
      return ok({ deleted: true })
    }),

    implement(pingWebhook, async ({ params }, { actor }) => {
      const pinged = await pingEndpoint(db, params.id, actor)
      if (pinged === null) throw noWebhook(params.id)
      return accepted(pinged)
    }),

    implement(listWebhookCalls, async ({ params, query: { status, limit, cursor } }) => {
      if ((await findEndpoint(db, params.id)) === null) throw noWebhook(params.id)
      const page = { endpointId: params.id, status, limit: limit + 1, cursor: readCursor(cursor) }
      const rows = await listCalls(db, page)
      return ok(toPage(rows, limit, ({ createdAt: at, id }) => ({ at, id }), presentCall))
    }),

    implement(repeatWebhookCall, async ({ params }, { actor }) => {
      if (!(await repeatCall(db, params.id, actor))) throw noWebhook(params.id)
      return accepted({})
    }),

    implement(listIncomingHooks, async () => {
      const hooks = await listHooks(db)
      return ok({ items: hooks.map((hook) => presentHook(hook, publicUrl)) })
    }),

    implement(createIncomingHook, async ({ body }, { actor }) => {
      const { name, scheme, header = null, mapping, secret = null } = body
      const hook = await createHook(db, { name, scheme, header, mapping: withoutUndefined(mapping), secret }, actor)
      return reply(201, { ...presentHook(hook, publicUrl), secret: hook.secret })
    }),

    implement(deleteIncomingHook, async ({ params }, { actor }) => {
      if (!(await deleteHook(db, params.key, actor))) throw noWebhook(params.key)
      return ok({ deleted: true })
    }),
  ]
}

function noWebhook(id: string): HttpProblem {
  return new HttpProblem('WEBHOOK_NOT_FOUND', `There is no webhook, or no call, "${id}".`)
}

function presentEndpoint(endpoint: WebhookEndpoint): WebhookEndpointView {
  const { id, url, description, types, includeTest, isActive, disabledReason, createdBy } = endpoint
  return {
    id,
    url,
    description,
    types,
    includeTest,
    isActive,
    disabledReason,
    failingSince: toInstantOrNull(endpoint.failingSince),
    createdBy,
    createdAt: toInstant(endpoint.createdAt),
  }
}

function presentCall(call: WebhookCall): WebhookCallView {
  const { id, type, leadId, status, attempts, lastStatus, lastError } = call
  return {
    id,
    type,
    leadId,
    status,
    attempts,
    nextAt: status === 'queued' ? toInstant(call.nextAt) : null,
    lastStatus,
    lastError,
    createdAt: toInstant(call.createdAt),
    endedAt: toInstantOrNull(call.endedAt),
  }
}

function presentHook(hook: IncomingHook, publicUrl: string): IncomingHookView {
  const { key, name, scheme, header, mapping, isActive, createdBy } = hook
  const url = `${publicUrl}/hooks/${key}`
  return { key, name, scheme, header, mapping, url, isActive, createdBy, createdAt: toInstant(hook.createdAt) }
}

type Mapping = Parameters<typeof createHook>[1]['mapping']
function withoutUndefined(mapping: { [Key in keyof Mapping]: Mapping[Key] | undefined }): Mapping {
  return Object.fromEntries(Object.entries(mapping).filter(([, value]) => value !== undefined)) as unknown as Mapping
}
