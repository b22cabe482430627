/** A small world and, for each write of the API, a request that succeeds in it. */
import { newId } from '#db/ids.ts'
import { tasks } from '#db/schema/tasks.ts'
import { insertPerson } from '#db/repositories/sign-in.ts'
import { createApiKey } from '#activities/access/api-keys.ts'
import { invitePerson } from '#activities/access/sign-in.ts'
import type { Route } from '#server/contract/route.ts'
import { routes } from '#server/contract/routes.ts'
import { addLeads, addMessage, placeLead, publishExample } from '../../support/seed-world.ts'
import { journeySamples } from './journey-samples.ts'
import type { Sample, World } from './sample.ts'
import type { TestApp } from './test-app.ts'

type RouteName = keyof typeof routes

export const password = 'nine quiet herons on a wire'
const journey = 'win-back-survey'

export async function createWorld(app: TestApp): Promise<World> {
  const { db } = app.database
  await publishExample(db, journey)
  const [lead = '', other = ''] = await addLeads(db, ['Ada Lovelace', 'Bob Noyce'])
  const enrollment = await placeLead(db, { leadId: lead, journey, stepId: 'answer' })
  const place = { leadId: lead, enrollmentId: enrollment, journey, stepId: 'survey' }
  const delivery = await addMessage(db, { ...place, subject: 'Hello', html: '<p>Hello</p>' })
  const person = { key: 'ada', name: 'Ada', email: 'ada@people.example', role: 'owner', actor: 'test' } as const
  await db.transaction((tx) => insertPerson(tx, person))
  const wanted = { name: 'World', kind: 'secret', scopes: ['*'], expiresAt: null, actor: 'test' } as const
  const { key } = await db.transaction((tx) => createApiKey(tx, wanted))
  let count = 0
  const world: World = {
    app,
    lead,
    other,
    enrollment,
    delivery,
    addTask: async () => {
      const id = newId()
      const now = new Date()
      await db.insert(tasks).values({
        id,
        leadId: lead,
        kind: 'task',
        title: 'Ask',
        reason: 'Because',
        queue: 'sales',
        outcomes: [{ id: 'done', label: 'Done' }],
        createdFor: now,
        dueAt: new Date(now.getTime() + 3_600_000),
      })
      return id
    },
    addLead: async () => (await addLeads(db, [`Fresh Lead${String((count += 1))}`]))[0] ?? '',
    key,
    call: async (method, path, body) => app.request[method](path).set('Authorization', `Bearer ${key}`).send(body),
    ids: [lead, other, enrollment, delivery],
  }
  world.ids.push(await world.addTask())
  return world
}

const survey = { key: 'nps', title: 'How likely?', questions: [{ id: 'score', text: 'How likely?', type: 'nps' }] }
const form = {
  key: 'contact',
  title: 'Contact',
  fields: [{ id: 'email', text: 'Email', type: 'email', field: 'email', required: true }],
}
const rule = { kind: 'compare', field: 'first_name', op: 'is', value: 'Ada' }
const event = { messageId: 'sample', lead: { email: 'ada.lovelace.0@example.com' }, event: 'downloaded' }

/** By the name of the route. What is not here is made of the route's own example and an id of the right kind. */
const own: Partial<Record<RouteName, (world: World) => Promise<Sample> | Sample>> = {
  ...journeySamples,
  signIn: async ({ app }) => {
    await accept(app)
    return { body: { name: 'ada', password } }
  },
  signOut: () => ({ query: { everywhere: 'false' } }),
  invitePerson: () => ({ body: { userKey: 'ada' } }),
  acceptInvitation: async ({ app }) => ({ body: { token: await inviteAda(app), password } }),
  createKey: () => ({ body: { name: 'Sample', scopes: ['leads:read'] } }),
  revokeKey: async ({ app }) => ({ params: { id: await makeKey(app) } }),
  ingestEvents: () => ({ body: { events: [event] } }),
  upsertLead: () => ({ body: { email: `${newId()}@example.com`, firstName: 'Sam' } }),
  enrollLead: ({ other }) => ({ body: { journey, lead: { id: other } } }),
  controlEnrollment: ({ enrollment }) => ({
    params: { id: enrollment },
    body: { action: 'pause', reason: 'A sample' },
  }),
  controlJourneyPeople: ({ enrollment }) => ({
    params: { journey },
    body: { action: 'pause', reason: `A sample of ${enrollment}`, step: 'answer', confirm: 1 },
  }),
  startTestRun: ({ lead }) => ({ params: { journey }, body: { leadId: lead } }),
  previewSegment: () => ({ body: { rule } }),
  putSegment: () => ({ params: { key: 'hot' } }),
  deleteSegment: async ({ call }) => {
    await call('put', '/api/v1/segments/gone', { key: 'gone', name: 'Gone', rule })
    return { params: { key: 'gone' } }
  },
  putIngestSettings: () => ({ body: { origins: [], traits: {} } }),
  addNote: () => ({ body: { body: 'A note' } }),
  addCue: async ({ call }) => {
    await call('put', '/api/v1/cues', { items: [{ key: 'call_later', label: 'Call later' }] })
    return { body: { cue: 'call_later' } }
  },
  saveCues: () => ({ body: { items: [{ key: 'call_later', label: 'Call me later' }] } }),
  changeTags: () => ({ body: { add: [newId()] } }),
  liftSuppression: async ({ call, lead }) => {
    await call('post', `/api/v1/leads/${lead}/opt-out`, { channels: ['email'], said: 'No.' })
    return { params: { id: lead }, body: { channels: ['email'], reason: 'Asked again' } }
  },
  eraseLead: async (world) => {
    const id = await world.addLead()
    return { params: { id }, body: { reason: 'Asked', confirm: `erase ${id.slice(0, 8)}` } }
  },
  mergeLead: async (world) => ({ params: { id: await world.addLead() }, body: { loserId: await world.addLead() } }),
  claimTask: () => ({ body: { person: 'ada' } }),
  releaseTask: async (world) => {
    const id = await world.addTask()
    await world.call('post', `/api/v1/tasks/${id}/claim`, { person: 'ada' })
    return { params: { id }, body: { person: 'ada' } }
  },
  snoozeTask: () => ({
    body: { person: 'ada', until: new Date(Date.now() + 86_400_000).toISOString(), reason: 'Away' },
  }),
  reassignTask: () => ({ body: { to: 'ada' } }),
  commentTask: () => ({ body: { text: 'Said hello' } }),
  completeTask: () => ({ body: { outcome: 'done' } }),
  undoOutcome: async (world) => {
    const id = await world.addTask()
    await world.call('post', `/api/v1/tasks/${id}/outcome`, { outcome: 'done', undoSeconds: 30, person: 'ada' })
    return { params: { id }, body: { person: 'ada' } }
  },
  takeNextTask: async (world) => {
    // Whoever works on a task already is given that one.
    await world.call('put', '/api/v1/people/bea', { name: 'Bea', email: 'bea@people.example', role: 'sales' })
    await world.call('put', '/api/v1/queues/sales', { name: 'Sales', members: ['bea'] })
    await world.addTask()
    return { params: { key: 'sales' }, body: { person: 'bea' } }
  },
  savePerson: () => ({ params: { key: 'eve' }, body: { name: 'Eve', email: 'eve@people.example', role: 'sales' } }),
  renewWebhookSecret: () => ({ params: { key: 'ada' } }),
  saveQueue: () => ({ params: { key: 'sales' }, body: { name: 'Sales', members: ['ada'] } }),
  removeQueue: async ({ call }) => {
    await call('put', '/api/v1/queues/gone', { name: 'Gone' })
    return { params: { key: 'gone' } }
  },
  createWebhook: () => ({ body: { url: 'https://hooks.example.com/x', types: ['lead.*'] } }),
  changeWebhook: async ({ call }) => ({ params: { id: await makeWebhook(call) }, body: { isActive: false } }),
  deleteWebhook: async ({ call }) => ({ params: { id: await makeWebhook(call) } }),
  pingWebhook: async ({ call }) => ({ params: { id: await makeWebhook(call) } }),
  putSurvey: () => ({ params: { key: 'nps' }, body: survey }),
  putForm: () => ({ params: { key: 'contact' }, body: form }),
  changeSendingStop: () => ({ body: { kind: 'channel', subject: 'email', stopped: true, reason: 'A sample' } }),
  previewMessage: ({ lead }) => ({ params: { journey, step: 'survey' }, body: { leadId: lead } }),
  sendTestMessage: ({ lead }) => ({ params: { journey, step: 'survey' }, body: { leadId: lead, to: 'mailbox' } }),
}

/** A request that fits the route and means something in the world. */
export async function sampleOf(name: RouteName, world: World): Promise<Sample> {
  const route: Route = routes[name]
  const made = (await own[name]?.(world)) ?? {}
  const params = { ...(await paramsOf(route, world)), ...made.params }
  const body = made.body ?? route.example
  return { params, ...(made.query === undefined ? {} : { query: made.query }), ...(body === undefined ? {} : { body }) }
}

async function paramsOf({ path }: Route, world: World): Promise<Record<string, string>> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const kinds: Record<string, string> = { journey, step: 'survey', key: 'ada' }
  if (path.includes('/leads/')) kinds['id'] = world.lead
  else if (path.includes('/tasks/')) kinds['id'] = await world.addTask()
  else if (path.includes('/enrollments/')) kinds['id'] = world.enrollment
  else if (path.includes('/deliveries/')) kinds['id'] = world.delivery
  return Object.fromEntries(names.map((name) => [name, kinds[name] ?? newId()]))
}

/** The address of a route with its parameters filled in. */
export function addressOf({ path }: Pick<Route, 'path'>, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

async function inviteAda(app: TestApp): Promise<string> {
  const { token } = await invitePerson(app.database.db, { userKey: 'ada', actor: 'test', now: Date.now() })
  return token
}

async function accept(app: TestApp): Promise<void> {
  await app.request.post('/api/v1/invitations/accept').send({ token: await inviteAda(app), password })
}

async function makeKey(app: TestApp): Promise<string> {
  const wanted = { name: 'Sample', kind: 'secret', scopes: ['leads:read'], expiresAt: null, actor: 'test' } as const
  return (await app.database.db.transaction((tx) => createApiKey(tx, wanted))).row.id
}

async function makeWebhook(call: World['call']): Promise<string> {
  const { body } = await call('post', '/api/v1/webhooks', { url: 'https://hooks.example.com/x', types: ['lead.*'] })
  return (body as { id: string }).id
}
