/** A small company for tests of the API and the page: journeys, leads, who stands where, messages and tasks. */
import { readFileSync } from 'node:fs'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import type { Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { tasks } from '#db/schema/tasks.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { DeliveryStatus, EnrollmentStatus } from '#engine/vocabulary.ts'

const root = new URL('../../', import.meta.url)

/** Publishes one of examples/journeys. Returns its id. */
export async function publishExample(db: Database, key: string): Promise<string> {
  const file: unknown = JSON.parse(readFileSync(new URL(`examples/journeys/${key}.json`, root), 'utf8'))
  const imported = await importJourneyFile({ db }, file, { actor: 'test' })
  if (!imported.imported) throw new Error(`examples/journeys/${key}.json: ${JSON.stringify(imported.issues)}`)
  const deps = { db, registry: createStepRegistry(), schedules: null }
  const published = await publishJourney(deps, { journey: key, actor: 'test' })
  if (!published.published) throw new Error(`${key} cannot be published: ${JSON.stringify(published.issues)}`)
  return published.journeyId
}

/** Makes leads named First Last with addresses at example.com. Returns their ids in order. */
export async function addLeads(db: Database, names: readonly string[]): Promise<string[]> {
  const library = await readLibrary(db)
  const { rows } = await db.transaction((tx) =>
    upsertLeads(
      tx,
      names.map((name, index) => {
        const [first = '', last = ''] = name.split(' ')
        return {
          email: `${first}.${last}.${String(index)}@example.com`.toLowerCase(),
          fields: {
            first_name: first,
            last_name: last,
            company: companies[index % companies.length] ?? null,
            phone: `+44 20 7946 ${String(1000 + index)}`,
            zone: 'Europe/London',
            city: 'London',
          },
        }
      }),
      { library, actor: 'test', enroll: false },
    ),
  )
  return rows.map(({ leadId }) => leadId ?? '')
}

const companies = ['Northwind Dairy', 'Brick & Beam', 'Halden Optics', 'Ferry Lane School', 'Oak Street Clinic']

/** Puts a lead on a step as a turn would have. Returns the enrollment's id. */
export async function placeLead(
  db: Database,
  place: {
    leadId: string
    journey: string
    stepId: string
    status?: EnrollmentStatus
    why?: string
    /** Ago, in minutes of real time. @default 5 */
    agoMinutes?: number
    error?: { code: string; message: string; attempts: number }
  },
): Promise<string> {
  const { leadId, stepId, status = 'active', why = 'Waits for an answer to the survey.', error = null } = place
  const journey = await findJourney(db, place.journey)
  if (journey === null || journey.liveVersion === null) throw new Error(`${place.journey} is not published`)
  const since = new Date(Date.now() - (place.agoMinutes ?? 5) * 60_000)
  const wakeAt = status === 'active' ? new Date(since.getTime() + 3 * 86_400_000) : null
  const isDone = status === 'completed' || status === 'exited'
  const id = newId()
  await db.insert(enrollments).values({
    id,
    leadId,
    journeyId: journey.id,
    version: journey.liveVersion,
    status,
    stepId,
    since,
    wakeAt,
    dueAt: wakeAt,
    state: {
      status,
      stepId,
      visit: 1,
      since: since.getTime(),
      rest: isDone ? null : { wakeAt: wakeAt?.getTime() ?? null, on: [], memory: null, reason: why },
      visits: { [stepId]: 1 },
      anchorAt: since.getTime(),
      lastMessage: null,
      reason: null,
      error,
    },
    triggerId: 'manual',
    entryKey: id,
    enteredAt: new Date(since.getTime() - 60_000),
    finishedAt: isDone ? since : null,
    exitReason: isDone ? why : null,
    error,
  })
  return id
}

/** A message of an enrollment; with `html` it is in the mailbox, too. Returns the delivery's id. */
export async function addMessage(
  db: Database,
  message: {
    leadId: string
    enrollmentId: string
    journey: string
    stepId: string
    subject: string
    html?: string
    status?: DeliveryStatus
    reason?: string
    visit?: number
  },
): Promise<string> {
  const { leadId, enrollmentId, stepId, subject, html, status = 'accepted' } = message
  const journey = await findJourney(db, message.journey)
  if (journey === null) throw new Error(`${message.journey} is not there`)
  const id = newId()
  const now = new Date()
  await db.insert(deliveries).values({
    id,
    leadId,
    enrollmentId,
    journeyId: journey.id,
    stepId,
    visit: message.visit ?? 1,
    channel: 'email',
    purpose: 'nurture',
    status,
    reason: message.reason ?? null,
    content: { subject, body: `Hello,\n\n${subject}` },
    priority: 3,
    queuedAt: now,
    countedAt: now,
    claimableAt: now,
    acceptedAt: status === 'accepted' ? now : null,
  })
  if (html !== undefined) {
    await db.insert(mailbox).values({
      deliveryId: id,
      leadId,
      channel: 'email',
      toAddress: 'lead@example.com',
      subject,
      html,
      plain: `Hello,\n\n${subject}`,
      headers: { 'List-Unsubscribe': '<https://example.com/u>' },
    })
  }
  return id
}

/** A call task of an enrollment. Returns its id. */
export async function addTask(
  db: Database,
  task: { leadId: string; enrollmentId: string; journey: string; stepId: string; title: string; dueInMinutes?: number },
): Promise<string> {
  const journey = await findJourney(db, task.journey)
  const id = newId()
  const now = Date.now()
  await db.insert(tasks).values({
    id,
    leadId: task.leadId,
    enrollmentId: task.enrollmentId,
    journeyId: journey?.id ?? null,
    stepId: task.stepId,
    visit: 1,
    kind: 'call',
    title: task.title,
    reason: 'Eight invitations, one download, no answer: the last chance before the inactive list.',
    talkTrack: 'You downloaded our guide in the spring. Is the project still on your list?',
    queue: 'sales',
    outcomes: [
      { id: 'demo', label: 'Wants a demo' },
      { id: 'later', label: 'Not now, later' },
      { id: 'no', label: 'Not interested' },
    ],
    createdFor: new Date(now),
    dueAt: new Date(now + (task.dueInMinutes ?? 240) * 60_000),
  })
  return id
}

/** A line of the step log: the lead passed this step. */
export async function logStep(
  db: Database,
  line: { leadId: string; enrollmentId: string; journey: string; stepId: string; agoMinutes: number; reason: string },
): Promise<void> {
  const journey = await findJourney(db, line.journey)
  const version = journey === null ? null : await findVersion(db, journey.id, journey.liveVersion ?? 0)
  const leftAt = new Date(Date.now() - line.agoMinutes * 60_000)
  await db.insert(stepLog).values({
    enrollmentId: line.enrollmentId,
    leadId: line.leadId,
    journeyId: journey?.id ?? '',
    version: version?.version ?? 1,
    stepId: line.stepId,
    stepType: version?.definition.steps[line.stepId]?.type ?? 'unknown',
    visit: 1,
    enteredAt: new Date(leftAt.getTime() - 1000),
    leftAt,
    port: 'next',
    reason: line.reason,
    detail: { trace: { sentence: 'number of "downloaded" is 1', value: true, saw: 1 } },
  })
}
