/**
 * The outside world: sends every act through HTTP to any API that answers, again and again until it is acknowledged, and
 * does the tasks. Keeps its own log of what was acknowledged when, for the oracle.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type postgres from 'postgres'
import { toLeadTime, type VirtualClock } from '#engine/clock.ts'
import type { Act } from './plan.ts'
import type { Random } from './random.ts'

/** Something an API said yes to. `at` is when the answer had arrived: whatever it stands for was committed before. */
export interface Ack {
  kind: Act['kind'] | 'task'
  leadId: string
  /** Journey, event, tag or outcome. */
  subject: string
  /** The sender's own id of the act. */
  key: string
  at: number
  /** When an event happened, by the lead's clock. */
  occurredAt: number | null
  /** After an unsubscribe: messages of the lead that were with a provider, or of unknown fate, when it was answered. */
  underWay: string[]
}

export interface DriverOptions {
  apiUrls: readonly string[]
  /** The database, to look what was under way when an unsubscribe was answered. */
  sql: postgres.Sql
  leadIds: readonly string[]
  clocks: readonly (VirtualClock | null)[]
  /** Wall time of the start. */
  startedAt: number
  /** No act may take longer, ms. */
  patienceMs: number
}

/** Sends all acts at their time. Resolves when each is acknowledged; rejects when one is refused or never is. */
export async function act(options: DriverOptions, acts: readonly Act[], acks: Ack[]): Promise<void> {
  await Promise.all(
    acts.map(async (one) => {
      await pause(Math.max(0, options.startedAt + one.atMs - Date.now()))
      acks.push(await perform(options, one))
    }),
  )
}

async function perform(options: DriverOptions, one: Act): Promise<Ack> {
  const leadId = options.leadIds[one.lead] ?? ''
  const clock = options.clocks[one.lead] ?? null
  const ack = { kind: one.kind, leadId, key: one.key, occurredAt: null, underWay: [] }
  switch (one.kind) {
    case 'enrol':
      await send(options, 'POST', '/api/v1/enrollments', { journey: one.journey, lead: { id: leadId } }, one.key)
      return { ...ack, subject: one.journey, at: Date.now() }
    case 'event': {
      const occurredAt = toLeadTime(clock, options.startedAt + one.firstMs) - one.earlierMs
      const event = {
        messageId: one.key,
        lead: { id: leadId },
        event: one.event,
        occurredAt: new Date(occurredAt).toISOString(),
      }
      const answer = (await send(options, 'POST', '/api/v1/events', { events: [event] })) as { rejected: number }
      if (answer.rejected > 0) throw new Error(`The event "${one.key}" was rejected: ${JSON.stringify(answer)}`)
      return { ...ack, subject: one.event, at: Date.now(), occurredAt }
    }
    case 'tag':
      await send(options, 'POST', '/api/v1/leads', { externalId: externalIdOf(one.lead), addTags: [one.tag] })
      return { ...ack, subject: one.tag, at: Date.now(), occurredAt: toLeadTime(clock, Date.now()) }
    case 'unsubscribe': {
      await send(options, 'POST', '/api/v1/leads', { externalId: externalIdOf(one.lead), doNotEmail: true })
      const at = Date.now()
      return { ...ack, subject: 'email', at, underWay: await lookUnderWay(options, leadId) }
    }
  }
}

/** How the leads are called outside. */
export function externalIdOf(lead: number): string {
  return `outside-${String(lead)}`
}

async function lookUnderWay({ sql, patienceMs }: DriverOptions, leadId: string): Promise<string[]> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      const rows = await sql<{ id: string }[]>`
        select id from deliveries where lead_id = ${leadId} and channel = 'email' and status in ('sending', 'unknown')`
      return rows.map((row) => row.id)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(200)
    }
  }
}

/** Closes open tasks, each with one of its outcomes, until told to stop. */
export async function doTasks(options: DriverOptions, random: Random, acks: Ack[], stop: AbortSignal): Promise<void> {
  const closed = new Set<string>()
  while (!stop.aborted) {
    const { items } = (await send(options, 'GET', '/api/v1/tasks?status=open&limit=200')) as {
      items: { id: string; lead: { id: string }; outcomes: { id: string }[] }[]
    }
    for (const task of items.filter(({ id }) => !closed.has(id))) {
      // A while later, as people do; whoever is done by then has met its goal.
      if (random.chance(0.4)) continue
      closed.add(task.id)
      const outcome = random.pick(task.outcomes).id
      const done = await send(options, 'POST', `/api/v1/tasks/${task.id}/outcome`, { outcome })
      if (done !== 'conflict') {
        acks.push({
          kind: 'task',
          leadId: task.lead.id,
          subject: outcome,
          key: task.id,
          at: Date.now(),
          occurredAt: null,
          underWay: [],
        })
      }
    }
    await pause(500)
  }
}

/** Until it is answered. A connection that breaks may or may not have done it: the same is sent again. */
async function send(
  { apiUrls, patienceMs }: DriverOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  idempotencyKey?: string,
): Promise<unknown> {
  const deadline = Date.now() + patienceMs
  for (let attempt = 0; ; attempt += 1) {
    const url = `${apiUrls[(attempt + path.length + (idempotencyKey?.length ?? 0)) % apiUrls.length] ?? ''}${path}`
    let problem = ''
    try {
      const response = await fetch(url, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      // A task that an earlier, unanswered attempt has closed, or that the journey has withdrawn.
      if (response.status === 409 && path.startsWith('/api/v1/tasks/')) return 'conflict'
      problem = `${String(response.status)} ${text}`
      // The attempt before, given up on here, is still being worked on there: asked again in a moment, as the answer says.
      const isUnderWay = response.status === 409 && text.includes('IDEMPOTENCY_KEY_IN_USE')
      if (response.status < 500 && !isUnderWay) throw new Refused(`${method} ${path} was refused: ${problem}`)
    } catch (error) {
      if (error instanceof Refused) throw error
      problem ||= String(error)
    }
    if (Date.now() > deadline) throw new Error(`${method} ${path} was not answered in time: ${problem}`)
    await pause(150 + attempt * 100)
  }
}

class Refused extends Error {}
