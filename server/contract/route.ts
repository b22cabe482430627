/** What one route of the API is, as data: routing, validation, OpenAPI and the typed client all read this. */
import type { z } from 'zod'
import type { ProblemCode } from './problem.ts'
import type { OpenScope, Scope } from './scopes.ts'

const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type HttpMethod = (typeof httpMethods)[number]

/** One operation. Problems every route can answer with (bad request, too large, internal) are not repeated here. */
export interface Route {
  /** Unique; the `operationId` of OpenAPI. */
  name: string
  method: HttpMethod
  /** Parameters in braces, as OpenAPI writes them: `/api/v1/leads/{id}`. */
  path: string
  /** Groups operations in the reference page. */
  tag: string
  /**
   * The right a caller needs; `none` and `anyone` = open to everybody.
   * @default the tag with `:read` for GET and `:write` for the rest, see `scopeOf`
   */
  scope?: Scope | OpenScope
  summary: string
  description?: string
  params?: z.ZodObject
  query?: z.ZodObject
  /** Lower-case names. Headers that are not listed are ignored. */
  headers?: z.ZodObject
  /** What the caller sends; what the reference shows and the client types. */
  body?: z.ZodType
  /** The body may also be JSON under `text/plain`, which is all that a browser's beacon can send to another site. */
  takesPlainText?: true
  /** What the server insists on when it is less than `body`, because items are judged one by one. */
  bodyEnvelope?: z.ZodType
  /** A body that fits, for the reference; a test sends it. */
  example?: unknown
  responses: Readonly<Record<number, z.ZodType>>
  /** The answer holds a secret: it is never kept, so an Idempotency-Key does nothing here. */
  secret?: true
  /** The answer is JSON written piece by piece (`streamed`); it is not checked against the contract and not kept. */
  streams?: true
  /** A write that leaves no line in the audit log, and why that is right. A test asks it of every other one. */
  unaudited?: string
  problems?: readonly ProblemCode[]
}

/** Keeps the exact types of a route while declaring it. */
export function defineRoute<const R extends Route>(route: R): R {
  return route
}

/** A part that a route does not have. */
type Nothing = Readonly<Record<string, never>>
type Output<T> = T extends z.ZodType ? z.output<T> : Nothing
type Input<T> = T extends z.ZodType ? z.input<T> : Nothing
type Part<R extends Route, K extends keyof Route> = R extends Record<K, infer P> ? P : undefined

/** What a handler is given: parsed, defaults filled in. */
export interface RequestOf<R extends Route> {
  params: Output<Part<R, 'params'>>
  query: Output<Part<R, 'query'>>
  headers: Output<Part<R, 'headers'>>
  body: R extends { bodyEnvelope: infer E } ? Output<E> : Output<Part<R, 'body'>>
}

/** What a caller passes: defaults may be left out. */
export interface CallOf<R extends Route> {
  params: Input<Part<R, 'params'>>
  query: Input<Part<R, 'query'>>
  headers: Input<Part<R, 'headers'>>
  body: Input<Part<R, 'body'>>
}

/** A response as a value: one of the declared statuses with the body declared for it. */
export type ReplyOf<R extends Route> = {
  [Status in keyof R['responses'] & number]: {
    status: Status
    body: Output<R['responses'][Status]>
    headers?: Record<string, string>
  }
}[keyof R['responses'] & number]

/** The body of any success, as a caller receives it. */
export type ResultOf<R extends Route> = ReplyOf<R>['body']
