import {
  acceptInvitation as accept,
  invitePerson as invite,
  sessionMs,
  signIn as start,
  signOut as end,
  type StartedSession,
} from '#activities/access/sign-in.ts'
import type { Database } from '#db/client.ts'
import { findPersonToSignIn } from '#db/repositories/sign-in.ts'
import { setSessionCookie } from '../access/cookies.ts'
import type { RateLimits } from '../access/rate-limits.ts'
import { scopesOfRole } from '../access/roles.ts'
import { acceptInvitation, getSession, invitePerson, signIn, signOut } from '../contract/access.ts'
import { toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'

interface AccessRouteDeps {
  db: Database
  limits: RateLimits
  /** Where people open Trellis; https makes the cookie travel encrypted only. */
  publicUrl: string
  now: () => number
}

/** Sign-in, sign-out, invitations. */
export function accessRoutes({ db, limits, publicUrl, now }: AccessRouteDeps): Implementation[] {
  const isSecure = publicUrl.startsWith('https:')
  const cookieOf = (token: string | null) => ({
    'Set-Cookie': setSessionCookie(token, { isSecure, maxAgeMs: sessionMs }),
  })
  const welcome = ({ person, token }: StartedSession) => ({
    ...ok({ kind: 'user' as const, name: person.name, userKey: person.key, scopes: scopesOfRole(person.role) }),
    headers: cookieOf(token),
  })

  return [
    implement(getSession, (_, { principal: { kind, name, userKey, scopes } }) =>
      ok({ kind, name, userKey, scopes: [...scopes] }),
    ),

    implement(signIn, async ({ body }, { address, headers }) => {
      const who = body.name.toLowerCase()
      await limits.count('sign-in', address, headers)
      await limits.count('person', who, headers)
      const session = await start(db, { ...body, now: now() })
      if (session === null) throw new HttpProblem('SIGN_IN_FAILED', 'The address or the password is wrong.')
      await Promise.all([limits.forget('sign-in', address), limits.forget('person', who)])
      return welcome(session)
    }),

    implement(signOut, async ({ query }, { principal }) => {
      const { sessionId, userKey } = principal
      const isSession = sessionId !== null && userKey !== null
      const { ended } = isSession
        ? await end(db, { sessionId, userKey, everywhere: query.everywhere === 'true' })
        : { ended: 0 }
      return { ...ok({ ended }), headers: cookieOf(null) }
    }),

    implement(invitePerson, async ({ body }, { actor }) => {
      const person = await findPersonToSignIn(db, body.userKey)
      if (person === null || person.key !== body.userKey) {
        throw new HttpProblem('PERSON_NOT_FOUND', `There is no person "${body.userKey}".`)
      }
      const { token, expiresAt } = await invite(db, { userKey: person.key, actor, now: now() })
      return reply(201, { url: invitationUrl(publicUrl, token), expiresAt: toInstant(expiresAt) })
    }),

    implement(acceptInvitation, async ({ body }, { address, headers }) => {
      await limits.count('sign-in', address, headers)
      const session = await accept(db, { ...body, now: now() })
      if (session === null) {
        const message =
          'This invitation was used, has expired or was replaced by a newer one; ask an owner for another.'
        throw new HttpProblem('INVITATION_INVALID', message)
      }
      await limits.forget('sign-in', address)
      return welcome(session)
    }),
  ]
}

/** What comes after `#` stays in the browser: no log and no Referer has it. */
export function invitationUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/sign-in#${token}`
}
