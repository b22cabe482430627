/**
 * The mailroom against the least that anybody must do: a nodemailer pool that renders the same template for the same
 * leads and records one row per mail. Both hand to the same server, which takes 20 ms per message, over equally many
 * connections; both write to the same Postgres with its durability on.
 */
import { randomUUID } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { createRenderer, type RenderInput } from '#activities/mailroom/render.ts'
import { runMailroom } from '#activities/mailroom/run-mailroom.ts'
import { createSmtpProvider } from '#activities/providers/smtp.ts'
import { createDatabase, type Database } from '#db/client.ts'
import { leadFieldValues } from '#db/repositories/gate-facts.ts'
import { leads } from '#db/schema/leads.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { sql } from 'drizzle-orm'
import { findFreePort } from '../provision/ports.ts'
import type { Benchmark } from './benchmark.ts'
import { cpuMs, startWorkerProcess } from './processes.ts'
import { startBenchPostgres } from './servers.ts'
import { median, rounded, spread } from './statistics.ts'

const leastRatio = 0.9
const delayMs = 20
const connections = 20

const from = { name: 'Company', email: 'news@company.example' }
const company = companyProfileSchema.parse({ name: 'Company', postalAddress: '1 Main Street, 12345 Springfield', from })
const settings = settingsSchema.parse({})
const content = {
  subject: 'News for {{ lead.first_name }}',
  body: 'Hello {{ lead.first_name | default: "there" }},\n\nhere is what is new at {{ lead.company }}.\n\nAnna',
}
const links = { baseUrl: 'https://leads.example.test', secret: 'x'.repeat(32) }

/** What one side took. */
interface Taken {
  perSecond: number
  /** Of this process and Postgres, per mail. */
  cpuMsPerMail: number
}

export const mailroom: Benchmark = {
  name: 'mailroom',
  async run({ rounds = 5, leads: mails = 2000 }) {
    const postgres = await startBenchPostgres()
    const port = await findFreePort()
    const sink = await startWorkerProcess(new URL('./smtp-sink.ts', import.meta.url), { delayMs, port })
    const url = `smtp://127.0.0.1:${String(port)}`
    try {
      const ours: Taken[] = []
      const theirs: Taken[] = []
      for (let round = 0; round < rounds; round += 1) {
        const database = createDatabase(await postgres.createDatabase(`trellis_mailroom_${String(round)}`), {
          max: 20,
          prepare: true,
        })
        const { db } = database
        await seed(db, mails)
        const timed = (work: () => Promise<void>) => time(work, postgres.pid, mails)
        const sides = [
          async () => ours.push(await timed(() => byMailroom(db, url, mails))),
          async () => theirs.push(await timed(() => byPool(db, url, mails))),
        ]
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side()
        await database.close()
      }
      const ratios = ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN))
      const value = rounded(median(ratios))
      const of = (side: Taken[], key: keyof Taken): string => rounded(median(side.map((one) => one[key])), 1).toString()
      return [
        {
          name: 'mailroom.throughput',
          value,
          unit: 'x',
          target: `>= ${String(leastRatio)}`,
          comparedTo:
            `${of(ours, 'perSecond')} against ${of(theirs, 'perSecond')} mails/s of a nodemailer pool; ${String(mails)} mails, ` +
            `${String(connections)} connections each, ${spread(ratios)} over ${String(rounds)} rounds; ` +
            `CPU ${of(ours, 'cpuMsPerMail')} against ${of(theirs, 'cpuMsPerMail')} ms per mail`,
          met: value >= leastRatio,
        },
      ]
    } finally {
      await sink.stop()
      await postgres.stop()
    }
  },
}

async function time(work: () => Promise<void>, postgresPid: number, mails: number): Promise<Taken> {
  const cpu = () => cpuMs(process.pid) + cpuMs(postgresPid)
  const [cpuBefore, startedAt] = [cpu(), performance.now()]
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  return { perSecond: mails / seconds, cpuMsPerMail: (cpu() - cpuBefore) / mails }
}

/** A journey, its leads, one queued mail each, and the table that the other side writes to. */
async function seed(db: Database, mails: number): Promise<void> {
  const [journeyId, definition] = [randomUUID(), JSON.stringify({ settings })]
  await db.execute(
    sql`create table sent_by_hand (lead_id uuid primary key, message_id text not null, response text not null, at timestamptz not null default now())`,
  )
  await db.execute(sql`
    insert into settings (key, value) values ('live_sending', 'true'), ('contact_policy', '{"caps": []}'),
      ('company_profile', ${JSON.stringify(company)}::text::jsonb)`)
  await db.execute(sql`
    insert into journeys (id, key, name, status, live_version, draft_graph, draft_layout)
    values (${journeyId}, 'bench', 'Bench', 'live', 1, '{}', '{}')`)
  await db.execute(sql`
    insert into journey_versions (journey_id, version, hash, graph, layout, definition, published_by)
    values (${journeyId}, 1, 'bench', '{}', '{}', ${definition}::text::jsonb, 'bench')`)
  await db.execute(sql`
    insert into leads (id, email, first_name, company)
    select gen_random_uuid(), 'lead-' || n || '@domain-' || n % 50 || '.example', 'Ada ' || n, 'Company ' || n
    from generate_series(1, ${mails}) n`)
  await db.execute(sql`
    insert into enrollments (id, lead_id, journey_id, version, status, step_id, since, state, depends_on, trigger_id, entry_key, entered_at)
    select gen_random_uuid(), id, ${journeyId}, 1, 'active', 'mail', now(), '{}', '{}', 'manual', id::text, now() from leads`)
  await db.execute(sql`
    insert into deliveries (id, lead_id, enrollment_id, journey_id, step_id, visit, channel, purpose, status, content,
                            priority, queued_at, counted_at, claimable_at, recipient_domain)
    select gen_random_uuid(), e.lead_id, e.id, e.journey_id, 'mail', 1, 'email', 'nurture', 'queued',
           ${JSON.stringify(content)}::text::jsonb, 3, now(), now(), now(), 'domain.example'
    from enrollments e`)
  await db.execute(sql`analyze`)
}

async function byMailroom(db: Database, url: string, mails: number): Promise<void> {
  const email = createSmtpProvider({ url, connections, sender: () => Promise.resolve(from) })
  const stop = new AbortController()
  const running = runMailroom(
    { db, poker: { poke: () => Promise.resolve({ failed: 0 }) }, links, highWater: null, providers: { email } },
    { channel: 'email', claimedBy: randomUUID(), signal: stop.signal },
  )
  const isDone = async (): Promise<boolean> => {
    const [row] = await db.execute<{ n: number }>(
      sql`select count(*)::int as n from deliveries where status = 'accepted'`,
    )
    return row?.n === mails
  }
  while (!(await Promise.race([isDone(), running.then(() => true)]))) {
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  stop.abort()
  await running
  email.close()
}

/** As many mails under way as there are connections; leads are read a page ahead, rows written as answers come. */
async function byPool(db: Database, url: string, mails: number): Promise<void> {
  const pool = createTransport({ url, pool: true, maxConnections: connections, maxMessages: 1_000_000 })
  const render = createRenderer(links)
  const waiting = (await db.select().from(leads)).slice(0, mails)
  const lane = async (): Promise<void> => {
    for (let lead = waiting.pop(); lead !== undefined; lead = waiting.pop()) {
      const message = render(inputOf(lead))
      const { 'Message-ID': messageId, ...headers } = message.headers
      const sent = await pool.sendMail({
        from: { name: from.name, address: from.email },
        to: message.to,
        subject: message.subject,
        text: message.plain,
        html: message.html,
        headers,
        ...(messageId === undefined ? {} : { messageId }),
      })
      await db.execute(sql`
        insert into sent_by_hand (lead_id, message_id, response) values (${lead.id}, ${sent.messageId}, ${sent.response})`)
    }
  }
  // Twice as many as connections: while one row is written, its connection has the next mail.
  await Promise.all(Array.from({ length: connections * 2 }, lane))
  pool.close()
}

function inputOf(lead: typeof leads.$inferSelect): RenderInput {
  return {
    deliveryId: lead.id,
    channel: 'email',
    purpose: 'nurture',
    stepId: 'mail',
    content,
    isTest: false,
    isLive: true,
    lead: { id: lead.id, fields: leadFieldValues(lead) },
    entry: {},
    journey: { key: 'bench', name: 'Bench' },
    library: emptyLibrary(),
    company,
    settings,
    owner: null,
    mjml: new Map(),
  }
}
