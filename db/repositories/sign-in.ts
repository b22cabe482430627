/** Passwords, sessions and sign-in links of people. What opens a door is here as a hash only. */
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { UserRole } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { passwords, sessions, signInLinks } from '../schema/access.ts'
import { users } from '../schema/people.ts'
import { auditLog } from '../schema/tasks.ts'

/** A person as far as signing in is concerned. */
export interface Person {
  key: string
  name: string
  email: string
  role: UserRole
  active: boolean
}

const person = { key: users.key, name: users.name, email: users.email, role: users.role, active: users.active }

/** By key or by address, whatever its case. */
export async function findPersonToSignIn(
  db: Queryable,
  name: string,
): Promise<(Person & { hash: string | null }) | null> {
  const [row] = await db
    .select({ ...person, hash: passwords.hash })
    .from(users)
    .leftJoin(passwords, eq(passwords.userKey, users.key))
    .where(sql`${users.key} = ${name} or lower(${users.email}) = lower(${name})`)
    .orderBy(sql`${users.key} = ${name} desc`)
    .limit(1)
  return row ?? null
}

/** True once anybody has a password: from then on nobody comes in without one. */
export async function hasPasswords(db: Queryable): Promise<boolean> {
  const [row] = await db.select({ userKey: passwords.userKey }).from(passwords).limit(1)
  return row !== undefined
}

/** Adds a person. Call in a transaction; audited. Null when the key or the address is taken. */
export async function insertPerson(
  tx: Queryable,
  { actor, ...row }: Omit<Person, 'active'> & { actor: string },
): Promise<Person | null> {
  const [inserted] = await tx.insert(users).values(row).onConflictDoNothing().returning(person)
  if (inserted === undefined) return null
  await tx
    .insert(auditLog)
    .values({ actor, action: 'user.create', subjectKind: 'user', subjectId: row.key, after: row })
  return inserted
}

/** Sets a password; every session of the person ends. Call in a transaction; audited without the password. */
export async function savePassword(
  tx: Queryable,
  { userKey, hash, actor }: { userKey: string; hash: string; actor: string },
): Promise<void> {
  const [before] = await tx
    .select({ changedAt: passwords.changedAt })
    .from(passwords)
    .where(eq(passwords.userKey, userKey))
  await tx
    .insert(passwords)
    .values({ userKey, hash })
    .onConflictDoUpdate({ target: passwords.userKey, set: { hash, changedAt: sql`now()` } })
  await endSessions(tx, { userKey })
  await tx.insert(auditLog).values({
    actor,
    action: 'user.set_password',
    subjectKind: 'user',
    subjectId: userKey,
    before: { hadPassword: before !== undefined },
    after: { hasPassword: true },
  })
}

export interface NewSession {
  id: string
  userKey: string
  tokenHash: string
  expiresAt: Date
}

/** Call in a transaction; audited. */
export async function insertSession(tx: Queryable, row: NewSession): Promise<void> {
  await tx.insert(sessions).values(row)
  await tx.insert(auditLog).values({
    actor: `user:${row.userKey}`,
    action: 'session.start',
    subjectKind: 'session',
    subjectId: row.id,
    after: { userKey: row.userKey, expiresAt: row.expiresAt.toISOString() },
  })
}

/** The session of this cookie and its person; null when it has ended, expired or never was. */
export async function findSession(
  db: Queryable,
  tokenHash: string,
  now: number,
): Promise<{ id: string; lastSeenAt: Date; expiresAt: Date; person: Person } | null> {
  const [row] = await db
    .select({ id: sessions.id, lastSeenAt: sessions.lastSeenAt, expiresAt: sessions.expiresAt, person })
    .from(sessions)
    .innerJoin(users, eq(users.key, sessions.userKey))
    .where(
      and(
        eq(sessions.tokenHash, tokenHash),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, new Date(now)),
        eq(users.active, true),
      ),
    )
  return row ?? null
}

/** Notes that a session is in use and how long it lasts now; at most once a minute. */
export async function extendSession(db: Queryable, id: string, expiresAt: Date): Promise<void> {
  await db
    .update(sessions)
    .set({ lastSeenAt: sql`now()`, expiresAt })
    .where(and(eq(sessions.id, id), lt(sessions.lastSeenAt, sql`now() - interval '1 minute'`)))
}

/** Ends one session, or all of a person. Returns how many were open. */
export async function endSessions(tx: Queryable, which: { id: string } | { userKey: string }): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(
      and('id' in which ? eq(sessions.id, which.id) : eq(sessions.userKey, which.userKey), isNull(sessions.endedAt)),
    )
    .returning({ id: sessions.id })
  return ended.length
}

/** Makes a link to set a password; older ones of the person stop working. Call in a transaction; audited. */
export async function insertSignInLink(
  tx: Queryable,
  { userKey, tokenHash, expiresAt, actor }: { userKey: string; tokenHash: string; expiresAt: Date; actor: string },
): Promise<void> {
  await tx
    .update(signInLinks)
    .set({ usedAt: sql`now()` })
    .where(and(eq(signInLinks.userKey, userKey), isNull(signInLinks.usedAt)))
  await tx.insert(signInLinks).values({ userKey, tokenHash, expiresAt, createdBy: actor })
  await tx.insert(auditLog).values({
    actor,
    action: 'user.invite',
    subjectKind: 'user',
    subjectId: userKey,
    after: { expiresAt: expiresAt.toISOString() },
  })
}

/** Uses the link up. Null when it works no more; of two at once one gets it. */
export async function takeSignInLink(tx: Queryable, tokenHash: string, now: number): Promise<Person | null> {
  const [taken] = await tx
    .update(signInLinks)
    .set({ usedAt: new Date(now) })
    .from(users)
    .where(and(eq(users.key, signInLinks.userKey), linkWorks(tokenHash, now)))
    .returning(person)
  return taken ?? null
}

function linkWorks(tokenHash: string, now: number) {
  return and(
    eq(signInLinks.tokenHash, tokenHash),
    isNull(signInLinks.usedAt),
    gt(signInLinks.expiresAt, new Date(now)),
    eq(users.active, true),
  )
}
