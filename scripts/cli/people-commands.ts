import type { Command } from 'commander'
import {
  countOpenByPerson,
  findPeople,
  findQueue,
  listPeople,
  listQueues,
  savePerson,
  saveQueue,
  type PersonRow,
  type PersonValues,
  type QueueValues,
} from '#db/repositories/people.ts'
import type { Database } from '#db/client.ts'
import { absenceAt } from '#engine/tasks/choose-person.ts'
import { queueRules, userRoles, type QueueRule, type UserRole } from '#engine/vocabulary.ts'
import { addCommand, CommandError, table, type CommandResult, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

interface PersonOptions extends GlobalOptions {
  name?: string
  email?: string
  role?: string
  zone?: string
  capacity?: string
  manager?: string
  phone?: string
  left?: boolean
}

interface QueueOptions extends GlobalOptions {
  name?: string
  members?: string[]
  rule?: string
  handOut?: boolean
  choosing?: boolean
}

/** `trellis people list | set | away | back` and `trellis queues list | set`. Who may sign in is `trellis user`. */
export function addPeopleCommands(program: Command): void {
  const people = program.command('people').description('People who work on leads and tasks')
  addCommand(
    people,
    'list',
    'Everybody, with their open tasks and who is away',
    (command) => command,
    () => withInstance(({ database: { db } }) => listEverybody(db)),
  )
  addCommand<PersonOptions>(
    people,
    'set <key>',
    'Add a person, or change what is named',
    (command) =>
      command
        .option('--name <name>', 'as shown; needed for a new person')
        .option('--email <email>', 'where notices go; needed for a new person')
        .option('--role <role>', `what they may do: ${userRoles.join(', ')}`)
        .option('--zone <zone>', 'IANA time zone, for example Europe/Brussels')
        .option('--capacity <tasks>', 'open tasks at most; "none" for no limit')
        .option('--manager <key>', 'who is told when tasks stay undone; "none" for nobody')
        .option('--phone <number>')
        .option('--left', 'no longer works here: tasks go on to others'),
    ([key = ''], options) => withInstance(({ database: { db } }) => setPerson(db, key, options)),
  )
  addCommand<GlobalOptions & { deputy?: string }>(
    people,
    'away <key> <from> <until>',
    'Away from one instant (inclusive) until another (exclusive), as ISO 8601',
    (command) => command.option('--deputy <key>', 'gets what is meant for this person alone'),
    ([key = '', from = '', until = ''], { deputy, actor }) =>
      withInstance(({ database: { db } }) => setAway(db, { key, from, until, deputy, actor })),
  )
  addCommand(
    people,
    'back <key>',
    'Is there again: absences that last until later end now',
    (command) => command,
    ([key = ''], { actor }) =>
      withInstance(async ({ database: { db } }) => {
        const person = await requirePerson(db, key)
        const now = new Date().toISOString()
        const absences = person.absences.flatMap((one) =>
          one.from >= now ? [] : [{ ...one, until: one.until > now ? now : one.until }],
        )
        await write(db, person, { absences }, actor)
        return { data: { key }, text: `${person.name} is there.` }
      }),
  )

  const queues = program.command('queues').description('Queues in which tasks wait for people')
  addCommand(
    queues,
    'list',
    'All queues, with their rule and members',
    (command) => command,
    () =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listQueues(db)
        const lines = rows.map((row) => [
          row.key,
          row.name,
          row.rule,
          row.choosing ? 'choose' : 'handed out',
          row.members.join(' '),
        ])
        const text =
          rows.length === 0 ? 'There are no queues.' : table([['KEY', 'NAME', 'RULE', 'TAKING', 'MEMBERS'], ...lines])
        return { data: rows, text }
      }),
  )
  addCommand<QueueOptions>(
    queues,
    'set <key>',
    'Add a queue, or change what is named',
    (command) =>
      command
        .option('--name <name>', 'as shown; needed for a new queue')
        .option('--members <key...>', 'people who work on it')
        .option('--rule <rule>', `who gets a task: ${queueRules.join(', ')}`)
        .option('--hand-out', 'nobody picks: people get the most urgent')
        .option('--choosing', 'people may pick'),
    ([key = ''], options) => withInstance(({ database: { db } }) => setQueue(db, key, options)),
  )
}

async function listEverybody(db: Database): Promise<CommandResult> {
  const [rows, open] = await Promise.all([listPeople(db), countOpenByPerson(db)])
  const now = Date.now()
  const lines = rows.map((row) => {
    const away = absenceAt(
      row.absences.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })),
      now,
    )
    return [
      row.key,
      row.name,
      row.role,
      `${String(open.get(row.key) ?? 0)}${row.capacity === null ? '' : `/${String(row.capacity)}`}`,
      row.active ? (away === null ? 'there' : `away until ${new Date(away.until).toISOString().slice(0, 16)}`) : 'left',
    ]
  })
  const data = rows.map(({ webhookSecret: _secret, ...row }) => ({ ...row, openTasks: open.get(row.key) ?? 0 }))
  const text = rows.length === 0 ? 'There is nobody.' : table([['KEY', 'NAME', 'ROLE', 'OPEN', 'STATE'], ...lines])
  return { data, text }
}

async function setPerson(db: Database, key: string, options: PersonOptions): Promise<CommandResult> {
  const before = (await findPeople(db, [key])).get(key)
  const name = options.name ?? before?.name
  const email = options.email ?? before?.email
  if (name === undefined || email === undefined)
    throw new CommandError(`"${key}" is new: say --name and --email.`, { code: 'PERSON_INVALID' })
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(key))
    throw new CommandError(`"${key}" cannot be a key; use a–z, 0–9, _ and -.`, { code: 'PERSON_INVALID' })
  const role = options.role ?? before?.role ?? 'sales'
  if (!isOneOf(userRoles, role))
    throw new CommandError(`"${role}" is not a role; there are ${userRoles.join(', ')}.`, { code: 'ROLE_UNKNOWN' })
  const manager = options.manager === 'none' ? null : (options.manager ?? before?.manager ?? null)
  if (manager !== null) await requirePerson(db, manager)
  const values: PersonValues = {
    name,
    email,
    role,
    zone: options.zone ?? before?.zone ?? 'UTC',
    workingHours: before?.workingHours ?? null,
    capacity: options.capacity === undefined ? (before?.capacity ?? null) : readCapacity(options.capacity),
    absences: before?.absences ?? [],
    manager,
    phone: options.phone ?? before?.phone ?? null,
    active: options.left !== true && (before?.active ?? true),
    notifications: before?.notifications ?? { email: true, webhookUrl: null },
  }
  const outcome = await db.transaction((tx) => savePerson(tx, key, values, options.actor))
  return { data: { key, outcome }, text: `${name} ("${key}") was ${outcome === 'created' ? 'added' : 'changed'}.` }
}

async function setAway(
  db: Database,
  {
    key,
    from,
    until,
    deputy,
    actor,
  }: { key: string; from: string; until: string; deputy?: string | undefined; actor: string },
): Promise<CommandResult> {
  const person = await requirePerson(db, key)
  if (deputy !== undefined) await requirePerson(db, deputy)
  const [start, end] = [Date.parse(from), Date.parse(until)]
  if (!(start < end))
    throw new CommandError(`"${from}" to "${until}" is no span of time; write two instants, the earlier first.`, {
      code: 'PERSON_INVALID',
    })
  const absence = {
    from: new Date(start).toISOString(),
    until: new Date(end).toISOString(),
    ...(deputy === undefined ? {} : { deputy }),
  }
  await write(db, person, { absences: [...person.absences, absence] }, actor)
  return { data: { key, ...absence }, text: `${person.name} is away from ${absence.from} until ${absence.until}.` }
}

async function setQueue(db: Database, key: string, options: QueueOptions): Promise<CommandResult> {
  const before = await findQueue(db, key)
  const name = options.name ?? before?.name
  if (name === undefined) throw new CommandError(`"${key}" is new: say --name.`, { code: 'QUEUE_INVALID' })
  const rule = options.rule ?? before?.rule ?? 'round_robin'
  if (!isOneOf<QueueRule>(queueRules, rule))
    throw new CommandError(`"${rule}" is not a rule; there are ${queueRules.join(', ')}.`, { code: 'QUEUE_INVALID' })
  const members = options.members ?? before?.members ?? []
  for (const member of members) await requirePerson(db, member)
  const values: QueueValues = {
    name,
    members,
    rule,
    choosing: options.handOut === true ? false : options.choosing === true || (before?.choosing ?? true),
    hours: before?.hours ?? null,
    zone: before?.zone ?? null,
  }
  const outcome = await db.transaction((tx) => saveQueue(tx, key, values, options.actor))
  return { data: { key, outcome }, text: `The queue "${key}" was ${outcome === 'created' ? 'added' : 'changed'}.` }
}

async function write(db: Database, person: PersonRow, change: Partial<PersonValues>, actor: string): Promise<void> {
  const { name, email, role, zone, workingHours, capacity, absences, manager, phone, active, notifications } = person
  const values = { name, email, role, zone, workingHours, capacity, absences, manager, phone, active, notifications }
  await db.transaction((tx) => savePerson(tx, person.key, { ...values, ...change }, actor))
}

async function requirePerson(db: Database, key: string): Promise<PersonRow> {
  const person = (await findPeople(db, [key])).get(key)
  if (person === undefined)
    throw new CommandError(`There is no person "${key}"; "trellis people list" shows them.`, {
      code: 'PERSON_NOT_FOUND',
    })
  return person
}

function readCapacity(text: string): number | null {
  if (text === 'none') return null
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new CommandError(`"${text}" is no number of tasks; write a whole number, or "none".`, {
    code: 'PERSON_INVALID',
  })
}

function isOneOf<Word extends string = UserRole>(words: readonly Word[], text: string): text is Word {
  return (words as readonly string[]).includes(text)
}
