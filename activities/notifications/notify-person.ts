/**
 * Tells people inside the company something about a lead: a row for their list, a mail through the mailroom (so that its
 * limits, its hold and its switch bind it, too) and a signed webhook, as each of them has set. In the caller's
 * transaction, once per person and `key`. About test leads nobody is told outside the built-in mailbox.
 */
import { desc, eq, sql } from 'drizzle-orm'
import type { VirtualClock } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import { absenceAt } from '#engine/tasks/choose-person.ts'
import type { NotificationKind } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { insertDelivery, noticePrefix } from '#db/repositories/deliveries.ts'
import { findPeople, findQueue, type PersonRow } from '#db/repositories/people.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { settings } from '#db/schema/library.ts'
import { notifications } from '#db/schema/people.ts'

export interface Notice {
  kind: NotificationKind
  /** Makes a repeat harmless: `task:<id>:assigned:<n>`, `reply:<delivery id>`. At most 150 characters. */
  key: string
  /** One line. Plain text, as is `body`: no template. */
  subject: string
  body: string
  /** Where the matter is seen, below this installation's address: `/tasks?task=…`, `/leads/…`. */
  path: string
  taskId?: string | null
  lead: { id: string; isTest: boolean; clock: VirtualClock | null }
  /** The enrollment it is about: its mail is a delivery of it. Null = the lead's latest one; without any, no mail. */
  enrollment: { id: string; journeyId: string } | null
  /** In the lead's own clock. */
  at: Instant
  /** 1 is most important. @default 2 */
  priority?: number
}

/**
 * Tells one person (a key of `users`); their deputy while they are away. A name that nobody here has gets its delivery
 * under that name, which stays in the built-in mailbox. Returns the keys of those told.
 */
export async function notifyPerson(tx: Transaction, person: string, notice: Notice): Promise<string[]> {
  const known = await findPeople(tx, [person])
  const found = known.get(person)
  if (found === undefined) {
    await mail(tx, person, person, notice)
    return []
  }
  const deputyKey = absenceAt(absencesOf(found), notice.at)?.deputy
  const deputy =
    deputyKey === undefined || deputyKey === null ? undefined : (await findPeople(tx, [deputyKey])).get(deputyKey)
  return tell(tx, deputy?.active === true ? deputy : found, notice)
}

/** Tells everybody of a queue who is there; a queue that is not set up, or empty, by its name. */
export async function notifyQueue(tx: Transaction, queueKey: string, notice: Notice): Promise<string[]> {
  const queue = await findQueue(tx, queueKey)
  const members = [...(await findPeople(tx, queue?.members ?? [])).values()].filter(
    (person) => person.active && absenceAt(absencesOf(person), notice.at) === null,
  )
  if (members.length === 0) {
    await mail(tx, queueKey, queueKey, notice)
    return []
  }
  const told: string[] = []
  for (const member of members) told.push(...(await tell(tx, member, notice)))
  return told
}

/** The manager of a person; of a queue's members when nobody has the task; `manager` when none is named. */
export async function notifyManager(
  tx: Transaction,
  of: { assignee: string | null; queue: string },
  notice: Notice,
): Promise<string[]> {
  const queue = of.assignee === null ? await findQueue(tx, of.queue) : null
  const people = await findPeople(tx, of.assignee === null ? (queue?.members ?? []) : [of.assignee])
  const managers = [
    ...new Set([...people.values()].flatMap(({ manager }) => (manager === null ? [] : [manager]))),
  ].sort()
  if (managers.length === 0) {
    await mail(tx, 'manager', 'manager', notice)
    return []
  }
  const told: string[] = []
  for (const manager of managers) told.push(...(await notifyPerson(tx, manager, notice)))
  return told
}

/** One addressee of a notice; `member` is their key when they are told as one of a queue. */
interface Addressee {
  member: string | null
  address: string
}

/**
 * Where a notice of a journey's own step goes: to a person's address (their deputy's while they are away), to everybody of
 * a queue who is there, each by a mail of their own; any other name as it is, which only the built-in mailbox takes.
 */
export async function addresseesOf(tx: Queryable, to: string, at: Instant): Promise<Addressee[]> {
  const person = (await findPeople(tx, [to])).get(to)
  if (person !== undefined) {
    const deputyKey = absenceAt(absencesOf(person), at)?.deputy ?? null
    const deputy = deputyKey === null ? undefined : (await findPeople(tx, [deputyKey])).get(deputyKey)
    return [{ member: null, address: deputy?.active === true ? deputy.email : person.email }]
  }
  const queue = await findQueue(tx, to)
  const there = [...(await findPeople(tx, queue?.members ?? [])).values()].filter(
    (member) => member.active && absenceAt(absencesOf(member), at) === null,
  )
  if (there.length === 0) return [{ member: null, address: to }]
  return there.map(({ key, email }) => ({ member: key, address: email })).sort((a, b) => (a.member < b.member ? -1 : 1))
}

async function tell(tx: Transaction, person: PersonRow, notice: Notice): Promise<string[]> {
  if (!person.active) return []
  const wantsWebhook = person.notifications.webhookUrl !== null && !notice.lead.isTest
  const written = await tx
    .insert(notifications)
    .values({
      id: newId(),
      key: notice.key,
      person: person.key,
      kind: notice.kind,
      subject: notice.subject,
      body: notice.body,
      path: notice.path,
      taskId: notice.taskId ?? null,
      leadId: notice.lead.id,
      isTest: notice.lead.isTest,
      webhook: wantsWebhook ? 'queued' : 'none',
      webhookDueAt: wantsWebhook ? sql`now()` : null,
    })
    .onConflictDoNothing()
    .returning({ id: notifications.id })
  if (written.length === 0) return [person.key]
  if (person.notifications.email) await mail(tx, person.key, person.email, notice)
  return [person.key]
}

async function mail(tx: Transaction, name: string, to: string, notice: Notice): Promise<void> {
  const { lead } = notice
  const enrollment = notice.enrollment ?? (await latestEnrollment(tx, lead.id))
  if (enrollment === null) return
  const link = `${await readPublicUrl(tx)}${notice.path}`
  await insertDelivery(tx, {
    leadId: lead.id,
    enrollmentId: enrollment.id,
    journeyId: enrollment.journeyId,
    stepId: `${noticePrefix}${notice.key}/${name}`,
    visit: 1,
    channel: 'notification',
    purpose: 'internal',
    // What people and leads wrote is no template.
    content: { subject: notice.subject, body: `${notice.body}\n\n${link}`, to, verbatim: { links: [link] } },
    decision: { verdict: 'queued' },
    priority: notice.priority ?? 2,
    assetLineage: null,
    countsAs: null,
    queuedAt: notice.at,
    staleAt: null,
    clock: lead.clock,
    isTest: lead.isTest,
  })
}

/** Whatever its state: notices do not depend on it. */
async function latestEnrollment(tx: Transaction, leadId: string): Promise<Notice['enrollment']> {
  const [row] = await tx
    .select({ id: enrollments.id, journeyId: enrollments.journeyId })
    .from(enrollments)
    .where(eq(enrollments.leadId, leadId))
    .orderBy(desc(enrollments.enteredAt), desc(enrollments.id))
    .limit(1)
  return row ?? null
}

function absencesOf(person: PersonRow) {
  return person.absences.map(({ from, until, deputy }) => ({
    from: Date.parse(from),
    until: Date.parse(until),
    ...(deputy === undefined ? {} : { deputy }),
  }))
}

const publicUrlKey = 'public_url'

/** Where this installation is reached, as its worker was told; empty before the first start. */
export async function readPublicUrl(db: Queryable): Promise<string> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, publicUrlKey))
  return typeof row?.value === 'string' ? row.value : ''
}

/** Every worker calls it when it starts: mails to people hold links that a turn cannot know otherwise. */
export async function rememberPublicUrl(db: Queryable, url: string): Promise<void> {
  const value = url.replace(/\/$/, '')
  await db
    .insert(settings)
    .values({ key: publicUrlKey, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
}
