/** Coming in: sign-in, invitations, and who one is. Keys of programs are in keys.ts. */
import { z } from 'zod'
import { instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const sessionSchema = z.object({
  /** `nobody`: sign in first. `local`: this machine's owner, who needs no sign-in until somebody has a password. */
  kind: z.enum(['nobody', 'local', 'user', 'key']),
  name: z.string(),
  /** The person's key, as tasks and leads name it. */
  userKey: z.string().nullable(),
  /** What may be done here; `*` = everything. */
  scopes: z.array(z.string()),
})

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters or more where a password is all there is; no rules of composition. */
const password = z
  .string()
  .min(15, 'A password has at least 15 characters; a short sentence is easy to remember.')
  .max(200, 'A password has at most 200 characters.')

export const getSession = defineRoute({
  name: 'getSession',
  method: 'GET',
  path: '/api/v1/session',
  tag: 'Access',
  scope: 'anyone',
  summary: 'Who I am, and what I may do',
  responses: { 200: sessionSchema },
})

export const signIn = defineRoute({
  name: 'signIn',
  method: 'POST',
  path: '/api/v1/session',
  tag: 'Access',
  scope: 'none',
  secret: true,
  summary: 'Sign in',
  description:
    'Sets the cookie `trellis_session`, which lasts 14 days after its last use. Ten wrong passwords from one address in 15 minutes ' +
    'are enough.',
  body: z.strictObject({
    name: z.string().trim().min(1).max(254).describe('The e-mail address, or the person’s key.'),
    password: z.string().min(1).max(200),
  }),
  responses: { 200: sessionSchema },
  problems: ['SIGN_IN_FAILED', 'RATE_LIMITED'],
})

export const signOut = defineRoute({
  name: 'signOut',
  method: 'DELETE',
  path: '/api/v1/session',
  tag: 'Access',
  scope: 'anyone',
  summary: 'Sign out, here or everywhere',
  query: z.strictObject({ everywhere: z.enum(['true', 'false']).default('false') }),
  responses: { 200: z.object({ ended: z.int().describe('How many sessions ended.') }) },
})

export const invitePerson = defineRoute({
  name: 'invitePerson',
  method: 'POST',
  path: '/api/v1/invitations',
  tag: 'Access',
  secret: true,
  summary: 'Make a link by which a person sets a password',
  description:
    'It works once, for three days; a new one ends older ones. Also for a person who has forgotten the password.',
  body: z.strictObject({ userKey: z.string().trim().min(1).max(64) }),
  responses: { 201: z.object({ url: z.string(), expiresAt: instantSchema }) },
  problems: ['PERSON_NOT_FOUND'],
})

export const acceptInvitation = defineRoute({
  name: 'acceptInvitation',
  method: 'POST',
  path: '/api/v1/invitations/accept',
  tag: 'Access',
  scope: 'none',
  secret: true,
  summary: 'Set a password by an invitation, and sign in',
  description: 'All other sessions of the person end.',
  body: z.strictObject({ token: z.string().min(1).max(100), password }),
  responses: { 200: sessionSchema },
  problems: ['INVITATION_INVALID', 'RATE_LIMITED'],
})
