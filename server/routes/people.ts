import { randomBytes } from 'node:crypto'
import type { Database } from '#db/client.ts'
import { isUniqueViolation } from '#db/errors.ts'
import { listNotificationRows } from '#db/repositories/notifications.ts'
import {
  countOpenByPerson,
  findPeople,
  findQueue,
  listPeople as readPeople,
  listQueues as readQueues,
  removeQueue as dropQueue,
  savePerson as writePerson,
  saveQueue as writeQueue,
  setWebhookSecret,
  type PersonRow,
  type QueueRow,
} from '#db/repositories/people.ts'
import { absenceAt } from '#engine/tasks/choose-person.ts'
import {
  getPerson,
  listNotifications,
  listPeople,
  listQueues,
  removeQueue,
  renewWebhookSecret,
  savePerson,
  saveQueue,
  type Person,
  type Queue,
} from '../contract/people.ts'
import type { ProblemCode } from '../contract/problem.ts'
import { readCursor, toPage } from '../paging.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'

export function peopleRoutes({ db, now }: { db: Database; now: () => number }): Implementation[] {
  const require = async (key: string): Promise<PersonRow> => {
    const person = (await findPeople(db, [key])).get(key)
    if (person === undefined) throw new HttpProblem('PERSON_NOT_FOUND', `There is no person "${key}".`)
    return person
  }
  const present = async (key: string): Promise<Person> => {
    const [person, open] = await Promise.all([require(key), countOpenByPerson(db)])
    return presentPerson(person, open.get(key) ?? 0, now())
  }
  return [
    implement(listPeople, async () => {
      const [people, open] = await Promise.all([readPeople(db), countOpenByPerson(db)])
      return ok({ items: people.map((person) => presentPerson(person, open.get(person.key) ?? 0, now())) })
    }),

    implement(getPerson, async ({ params }) => ok(await present(params.key))),

    implement(savePerson, async ({ params: { key }, body }, { actor }) => {
      const named = [body.manager, ...body.absences.map(({ deputy }) => deputy)].filter((one) => one != null)
      await requireKnown(db, named, 'PERSON_INVALID')
      if (named.includes(key))
        throw new HttpProblem('PERSON_INVALID', `"${key}" cannot be their own manager or deputy; name somebody else.`)
      const absences = body.absences.map(({ from, until, deputy }) => ({
        from: new Date(from).toISOString(),
        until: new Date(until).toISOString(),
        ...(deputy === undefined ? {} : { deputy }),
      }))
      const outcome = await db
        .transaction((tx) => writePerson(tx, key, { ...body, absences }, actor))
        .catch((error: unknown) => {
          if (!isUniqueViolation(error)) throw error
          throw new HttpProblem('PERSON_INVALID', `"${body.email}" is somebody else’s address; each has their own.`)
        })
      return outcome === 'created' ? reply(201, await present(key)) : ok(await present(key))
    }),

    implement(renewWebhookSecret, async ({ params }, { actor }) => {
      await require(params.key)
      const secret = `whsec_${randomBytes(24).toString('base64')}`
      await db.transaction((tx) => setWebhookSecret(tx, params.key, secret, actor))
      return ok({ secret })
    }),

    implement(listNotifications, async ({ params, query: { limit, cursor } }) => {
      await require(params.key)
      const rows = await listNotificationRows(db, params.key, { limit: limit + 1, cursor: readCursor(cursor) })
      return ok(
        toPage(
          rows,
          limit,
          ({ at, id }) => ({ at, id }),
          ({ id, kind, subject, body, path, at, isTest, readAt }) => ({
            id,
            kind,
            subject,
            body,
            path,
            at: toInstant(at),
            isTest,
            readAt: toInstantOrNull(readAt),
          }),
        ),
      )
    }),

    implement(listQueues, async () => ok({ items: (await readQueues(db)).map(presentQueue) })),

    implement(saveQueue, async ({ params: { key }, body }, { actor }) => {
      const members = [...new Set(body.members)]
      await requireKnown(db, members, 'QUEUE_INVALID')
      if (body.hours !== null && body.zone === null)
        throw new HttpProblem('QUEUE_INVALID', 'Hours need a time zone; say in which they are.')
      const outcome = await db.transaction((tx) => writeQueue(tx, key, { ...body, members }, actor))
      const queue = await findQueue(db, key)
      if (queue === null) throw new HttpProblem('QUEUE_NOT_FOUND', `There is no queue "${key}".`)
      return outcome === 'created' ? reply(201, presentQueue(queue)) : ok(presentQueue(queue))
    }),

    implement(removeQueue, async ({ params: { key } }, { actor }) => {
      if ((await findQueue(db, key)) === null) throw new HttpProblem('QUEUE_NOT_FOUND', `There is no queue "${key}".`)
      const open = await db.transaction((tx) => dropQueue(tx, key, actor))
      if (open > 0)
        throw new HttpProblem('QUEUE_NOT_EMPTY', `"${key}" holds ${String(open)} open tasks; pass them on first.`)
      return ok({ removed: true as const })
    }),
  ]
}

async function requireKnown(db: Database, keys: readonly string[], code: ProblemCode): Promise<void> {
  const known = await findPeople(db, keys)
  const unknown = keys.find((key) => !known.has(key))
  if (unknown !== undefined) throw new HttpProblem(code, `There is no person "${unknown}"; add them first.`)
}

function presentPerson(person: PersonRow, openTasks: number, now: number): Person {
  const { key, name, email, role, zone, workingHours, capacity, absences, manager, phone, active } = person
  const away = absenceAt(
    absences.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })),
    now,
  )
  return {
    key,
    name,
    email,
    role,
    zone,
    workingHours,
    capacity,
    absences,
    manager,
    phone,
    active,
    notifications: { email: person.notifications.email, webhookUrl: person.notifications.webhookUrl },
    openTasks,
    awayUntil: away === null ? null : new Date(away.until).toISOString(),
    hasWebhookSecret: person.webhookSecret !== null,
    updatedAt: toInstant(person.updatedAt),
  }
}

function presentQueue({ key, name, members, rule, choosing, hours, zone, updatedAt }: QueueRow): Queue {
  return { key, name, members, rule, choosing, hours, zone, updatedAt: toInstant(updatedAt) }
}
