/** How people come in: by a link that lets them choose a password, then by that password, then by a cookie. */
import type { Database, Queryable } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import {
  endSessions,
  extendSession,
  findPersonToSignIn,
  findSession,
  insertSession,
  insertSignInLink,
  savePassword,
  takeSignInLink,
  type Person,
} from '#db/repositories/sign-in.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { hashPassword, hashSecret, isPassword, makeSecret, pretendToCheck } from './secrets.ts'

const hour = 3_600_000

/** A session lasts this long after its last use. */
export const sessionMs = 14 * 24 * hour
/** An invitation works this long. */
const inviteMs = 72 * hour

/** A new session: the token is the cookie's value and is kept nowhere else. */
export interface StartedSession {
  person: Person
  token: string
  expiresAt: Date
}

/**
 * A link by which the person sets a password, once, within three days. Older links of theirs stop working.
 * @returns the token to put behind `/sign-in#`: after the hash it reaches no server log.
 */
export async function invitePerson(
  db: Database,
  { userKey, actor, now }: { userKey: string; actor: string; now: number },
): Promise<{ token: string; expiresAt: Date }> {
  const token = makeSecret()
  const expiresAt = new Date(now + inviteMs)
  await db.transaction((tx) => insertSignInLink(tx, { userKey, tokenHash: hashSecret(token), expiresAt, actor }))
  return { token, expiresAt }
}

/** Uses up a link: sets the password, ends other sessions, signs in. Null when the link works no more. */
export async function acceptInvitation(
  db: Database,
  { token, password, now }: { token: string; password: string; now: number },
): Promise<StartedSession | null> {
  const hash = await hashPassword(password)
  return db.transaction(async (tx) => {
    const person = await takeSignInLink(tx, hashSecret(token), now)
    if (person === null) return null
    await savePassword(tx, { userKey: person.key, hash, actor: `user:${person.key}` })
    return startSession(tx, person, now)
  })
}

/** Signs in by address (or key) and password. Null when they do not fit; it does not tell which of them. */
export async function signIn(
  db: Database,
  { name, password, now }: { name: string; password: string; now: number },
): Promise<StartedSession | null> {
  const person = await findPersonToSignIn(db, name)
  const fits =
    person?.active === true && person.hash !== null
      ? await isPassword(password, person.hash)
      : await pretendToCheck(password)
  return fits && person !== null ? db.transaction((tx) => startSession(tx, person, now)) : null
}

async function startSession(tx: Queryable, { key, name, email, role, active }: Person, now: number) {
  const token = makeSecret()
  const expiresAt = new Date(now + sessionMs)
  await insertSession(tx, { id: newId(), userKey: key, tokenHash: hashSecret(token), expiresAt })
  return { person: { key, name, email, role, active }, token, expiresAt }
}

/** Whose cookie this is. Each use lengthens the session, noted to the minute. */
export async function recognizeSession(
  db: Queryable,
  token: string,
  now: number,
): Promise<{ id: string; person: Person } | null> {
  const session = await findSession(db, hashSecret(token), now)
  if (session === null) return null
  if (now - session.lastSeenAt.getTime() > 60_000) await extendSession(db, session.id, new Date(now + sessionMs))
  return { id: session.id, person: session.person }
}

/** Ends this session, or with `everywhere` all of the person. */
export async function signOut(
  db: Database,
  { sessionId, userKey, everywhere }: { sessionId: string; userKey: string; everywhere: boolean },
): Promise<{ ended: number }> {
  return db.transaction(async (tx) => {
    const ended = await endSessions(tx, everywhere ? { userKey } : { id: sessionId })
    await tx.insert(auditLog).values({
      actor: `user:${userKey}`,
      action: 'session.end',
      subjectKind: 'session',
      subjectId: sessionId,
      before: { open: ended },
      after: { everywhere },
    })
    return { ended }
  })
}
