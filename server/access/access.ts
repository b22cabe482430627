/** Finds out who asks and whether they may: by key, by session, or because they sit at this machine. */
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { recognizeApiKey } from '#activities/access/api-keys.ts'
import { recognizeSession } from '#activities/access/sign-in.ts'
import type { Database } from '#db/client.ts'
import { hasPasswords } from '#db/repositories/sign-in.ts'
import {
  allows,
  anyoneScope,
  ingestScope,
  isOpenScope,
  noScope,
  type OpenScope,
  type Scope,
} from '../contract/scopes.ts'
import { contextOf } from '../middleware/request-context.ts'
import { isLoopback } from '../middleware/same-site.ts'
import { localOwner, nobody, type Principal } from '../principal.ts'
import { HttpProblem } from '../problem.ts'
import { sessionCookie } from './cookies.ts'
import type { RateLimits } from './rate-limits.ts'
import { scopesOfRole } from './roles.ts'

export interface AccessOptions {
  db: Database
  limits: RateLimits
  /** The address the server listens on. */
  boundTo: string
  /** What links begin with; when that is not this machine, others are meant to reach the server. */
  publicUrl: string | undefined
  now: () => number
}

export interface Access {
  /**
   * Lets the request go on when its caller has the right, and notes in its context who it is.
   * @throws {HttpProblem} SIGN_IN_REQUIRED, KEY_REFUSED, SCOPE_MISSING, RATE_LIMITED
   */
  admit(request: Request, response: Response, wanted: Scope | OpenScope): Promise<Principal>
  /** The same as middleware, for what is not a route of the contract. */
  require(first: Scope, ...more: Scope[]): RequestHandler
  /** Middleware: whoever has shown nothing goes no further, so that a route outside the contract is never open by mistake. */
  requireSomebody: RequestHandler
  /** True while whoever sits at this machine needs no sign-in. */
  isOpen(): Promise<boolean>
}

/** How long "nobody has a password" is believed; that somebody has one is believed for good. */
const openMs = 1000

export function createAccess({ db, limits, boundTo, publicUrl, now }: AccessOptions): Access {
  const isThisMachine =
    isLoopback(boundTo) && (publicUrl === undefined || isLoopback(URL.parse(publicUrl)?.hostname ?? ''))
  let closed = !isThisMachine
  let lookedAt = Number.NEGATIVE_INFINITY

  const isOpen = async (): Promise<boolean> => {
    if (!closed && performance.now() - lookedAt > openMs) {
      closed = await hasPasswords(db)
      lookedAt = performance.now()
    }
    return !closed
  }

  /** Who the caller proves to be; the local owner or nobody when they try to prove nothing. */
  const identify = async (request: Request, wanted: Scope | OpenScope): Promise<Principal> => {
    const key = givenKey(request, wanted)
    if (key !== null) return identifyKey(key)
    const cookie = sessionCookie(request)
    if (cookie !== null) {
      const session = await recognizeSession(db, cookie, now())
      if (session !== null) {
        const { key: userKey, name, role } = session.person
        const scopes = scopesOfRole(role)
        return { kind: 'user', actor: `user:${userKey}`, name, userKey, keyId: null, sessionId: session.id, scopes }
      }
    }
    // A proxy in front of us tells that the caller is not at this machine, whatever we are bound to.
    const isForwarded = 'x-forwarded-for' in request.headers || 'forwarded' in request.headers
    return !isForwarded && (await isOpen()) ? localOwner : nobody
  }

  const identifyKey = async (key: string): Promise<Principal> => {
    const found = await recognizeApiKey(db, key, now())
    if (!found.known) throw new HttpProblem('KEY_REFUSED', refusals[found.reason], challenge)
    const { id, name, prefix, scopes, kind } = found.row
    return {
      kind: 'key',
      actor: `key:${prefix}`,
      name,
      userKey: null,
      keyId: id,
      sessionId: null,
      // Whatever was stored with it: a key that anybody can read in a page takes in events and nothing else.
      scopes: kind === 'public' ? [ingestScope] : scopes,
      isPublic: kind === 'public',
    }
  }

  const count = (principal: Principal, wanted: Scope, address: string, response: Response): Promise<void> => {
    if (wanted !== ingestScope) return limits.count('api', principal.actor, response)
    if (principal.isPublic === true) return limits.count('visitor', `${principal.actor} ${address}`, response)
    return limits.count('ingest', principal.actor, response)
  }

  const admit = async (request: Request, response: Response, wanted: Scope | OpenScope): Promise<Principal> => {
    const context = contextOf(response)
    const address = request.ip ?? ''
    if (wanted === noScope) return nobody
    if (isOpenScope(wanted)) {
      const principal = await identify(request, wanted).catch((error: unknown) => {
        if (error instanceof HttpProblem) return nobody
        throw error
      })
      return note(context, principal)
    }
    await limits.check('refused', address, response)
    try {
      const principal = await identify(request, wanted)
      note(context, principal)
      requireRight(principal, wanted)
      if (principal.kind !== 'local') await count(principal, wanted, address, response)
      return principal
    } catch (error) {
      if (error instanceof HttpProblem && error.code === 'KEY_REFUSED') {
        await limits.count('refused', address, response).catch(() => undefined)
      }
      throw error
    }
  }

  return {
    admit,
    isOpen,
    requireSomebody: async (request: Request, response: Response, next: NextFunction) => {
      const principal = await admit(request, response, anyoneScope)
      if (principal.kind === 'nobody') requireRight(principal, 'api:read')
      next()
    },
    require:
      (first, ...more) =>
      async (request: Request, response: Response, next: NextFunction) => {
        const principal = await admit(request, response, first)
        for (const wanted of more) requireRight(principal, wanted)
        next()
      },
  }
}

function note(context: { principal: Principal; actor: string }, principal: Principal): Principal {
  context.principal = principal
  context.actor = principal.actor
  return principal
}

function requireRight(principal: Principal, wanted: Scope): void {
  if (allows(principal.scopes, wanted)) return
  if (principal.kind === 'nobody') {
    const message = 'Sign in, or send a key: Authorization: Bearer trl_… ("trellis keys create" makes one).'
    throw new HttpProblem('SIGN_IN_REQUIRED', message, challenge)
  }
  const who = principal.kind === 'key' ? `The key "${principal.name}"` : principal.name
  throw new HttpProblem('SCOPE_MISSING', `${who} does not have the right "${wanted}"; an owner can give it.`)
}

/** RFC 6750 §3: how to prove who one is. */
const challenge = { headers: { 'WWW-Authenticate': 'Bearer realm="Trellis"' } }

const refusals = {
  malformed: 'This is not a key of Trellis: they begin with "trl_" or "trw_" and have 56 characters.',
  unknown: 'Nobody has this key.',
  revoked: 'This key was revoked; ask an owner for a new one.',
  expired: 'This key has expired; ask an owner for a new one.',
} as const

/**
 * The key that came with the request: `Authorization: Bearer`; for ingest also as the user name of Basic (Segment's
 * way) or as `writeKey` in the body, since a page that is being closed can send no headers.
 */
function givenKey(request: Request, wanted: Scope | OpenScope): string | null {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? []
    if (scheme.toLowerCase() === 'bearer') return value
    if (scheme.toLowerCase() === 'basic' && wanted === ingestScope) {
      return Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? ''
    }
    const message = `Authorization "${scheme.slice(0, 20)}" is not understood here; send Authorization: Bearer and a key.`
    throw new HttpProblem('KEY_REFUSED', message, challenge)
  }
  if (wanted !== ingestScope) return null
  const body: unknown = request.body
  const inBody = typeof body === 'object' && body !== null && 'writeKey' in body ? body.writeKey : undefined
  return typeof inBody === 'string' ? inBody : null
}
