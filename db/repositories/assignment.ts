/**
 * Who gets a task or a lead. People are locked (`FOR NO KEY UPDATE`, in order of key) before their open tasks are
 * counted, and the task is written in the same transaction: capacity and turns are exact however many turns of leads,
 * people and keepers assign at once. Take the lead's lock first, always.
 */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import { absenceAt, choosePerson, whyNot, type Candidate } from '#engine/tasks/choose-person.ts'
import type { Transaction } from '../client.ts'
import { users } from '../schema/people.ts'
import { tasks } from '../schema/tasks.ts'
import { findQueue } from './people.ts'

export interface AssignmentRequest {
  queue: string
  /** A person it is meant for (a key; other names are taken as they are), or null. */
  wanted: string | null
  /** The owner of the lead. */
  ownerId: string | null
  isTest: boolean
  /** In the lead's own clock: absences are looked up there. */
  now: Instant
  /** Had it, and is not to get it again. */
  except?: string | null
}

export interface Assignment {
  assignee: string | null
  /** Why nobody has it; null when somebody has, or when whoever likes may take it. */
  reason: string | null
}

/** Chooses by the queue's rule and gives the chosen person the turn. The caller writes the task. */
export async function assignTask(tx: Transaction, request: AssignmentRequest): Promise<Assignment> {
  const { wanted, ownerId, except = null } = request
  const queue = await findQueue(tx, request.queue)
  if (wanted !== null && wanted !== except) {
    const meant = await standIn(tx, wanted, request)
    if (meant.key !== null) return { assignee: await giveTurn(tx, meant.key, request), reason: null }
    if (queue === null) return { assignee: null, reason: meant.reason }
  }
  if (queue === null) {
    // A queue nobody has set up: the owner of the lead, else whoever takes it.
    if (ownerId === null || ownerId === except) return { assignee: null, reason: null }
    const owner = await standIn(tx, ownerId, request)
    return { assignee: owner.key, reason: owner.reason }
  }
  if (queue.rule === 'owner_first' && ownerId !== null && ownerId !== except) {
    const owner = await standIn(tx, ownerId, request, true)
    if (owner.key !== null) return { assignee: await giveTurn(tx, owner.key, request), reason: null }
  }
  if (queue.rule === 'take') return { assignee: null, reason: null }
  const members = queue.members.filter((key) => key !== except)
  const choice = await chooseAmong(
    tx,
    members.map((id) => ({ id, weight: 1 })),
    request,
  )
  return choice.key === null ? { assignee: null, reason: choice.reason } : { assignee: choice.key, reason: null }
}

/**
 * The person whose turn it is among these, who is given it. Null with the reason when nobody is there with room; then
 * nobody is locked.
 */
export async function chooseAmong(
  tx: Transaction,
  among: readonly { id: string; weight: number }[],
  request: Pick<AssignmentRequest, 'isTest' | 'now'>,
): Promise<{ key: string } | { key: null; reason: string; known: number }> {
  const weights = new Map(among.map(({ id, weight }) => [id, weight]))
  const keys = [...weights.keys()]
  const weighted = (candidates: Candidate[]) =>
    candidates.map((candidate) => ({ ...candidate, weight: weights.get(candidate.key) ?? 1 }))
  // Without a lock first: a queue where nobody has room must not make every turn wait for the one before.
  const seen = weighted(await readCandidates(tx, keys, request.isTest, false))
  const first = choosePerson(seen, request.now, Number.MAX_SAFE_INTEGER)
  if (first.key === null) return { ...first, known: seen.length }
  const locked = weighted(await readCandidates(tx, keys, request.isTest, true))
  const turn = await nextTurn(tx)
  const choice = choosePerson(locked, request.now, turn)
  if (choice.key === null) return { ...choice, known: locked.length }
  await noteTurn(tx, choice.key, turn, request.isTest)
  return choice
}

/** The person, or who stands in; a name that no person has is taken as it is. */
async function standIn(
  tx: Transaction,
  key: string,
  { isTest, now }: Pick<AssignmentRequest, 'isTest' | 'now'>,
  needsRoom = false,
): Promise<{ key: string; reason: null } | { key: null; reason: string }> {
  const [person] = await readCandidates(tx, [key], isTest, needsRoom)
  if (person === undefined) return { key, reason: null }
  const refusal = whyNot(needsRoom ? person : { ...person, capacity: null }, now)
  if (refusal === null) return { key, reason: null }
  const deputyKey = absenceAt(person.absences, now)?.deputy ?? null
  if (deputyKey !== null) {
    const [deputy] = await readCandidates(tx, [deputyKey], isTest, needsRoom)
    if (deputy !== undefined && whyNot(needsRoom ? deputy : { ...deputy, capacity: null }, now) === null)
      return { key: deputyKey, reason: null }
  }
  return { key: null, reason: `Meant for somebody who cannot: ${refusal}.` }
}

async function giveTurn(tx: Transaction, key: string, { isTest }: Pick<AssignmentRequest, 'isTest'>): Promise<string> {
  await noteTurn(tx, key, await nextTurn(tx), isTest)
  return key
}

async function readCandidates(
  tx: Transaction,
  keys: readonly string[],
  isTest: boolean,
  lock: boolean,
): Promise<Candidate[]> {
  if (keys.length === 0) return []
  const people = tx
    .select()
    .from(users)
    .where(inArray(users.key, [...keys]))
    .orderBy(asc(users.key))
  const rows = await (lock ? people.for('no key update') : people)
  if (rows.length === 0) return []
  // A statement of its own, after the locks: it sees what the one before us has committed.
  const counts = await tx
    .select({ assignee: tasks.assignee, open: sql<number>`count(*)::int` })
    .from(tasks)
    .where(
      and(
        eq(tasks.status, 'open'),
        eq(tasks.isTest, isTest),
        inArray(
          tasks.assignee,
          rows.map((row) => row.key),
        ),
      ),
    )
    .groupBy(tasks.assignee)
  const open = new Map(counts.map((row) => [row.assignee, row.open]))
  return rows.map((row) => ({
    key: row.key,
    active: row.active,
    capacity: row.capacity,
    open: open.get(row.key) ?? 0,
    absences: row.absences.map(({ from, until, deputy }) => ({
      from: Date.parse(from),
      until: Date.parse(until),
      ...(deputy === undefined ? {} : { deputy }),
    })),
    lastTurn: isTest ? row.lastTestTurn : row.lastTurn,
  }))
}

async function nextTurn(tx: Transaction): Promise<number> {
  const [row] = await tx.execute<{ turn: number }>(sql`select nextval('assignment_turns')::float8 as turn`)
  return row?.turn ?? 0
}

async function noteTurn(tx: Transaction, key: string, turn: number, isTest: boolean): Promise<void> {
  await tx
    .update(users)
    .set(isTest ? { lastTestTurn: turn } : { lastTurn: turn })
    .where(eq(users.key, key))
}
