/** Keys by which programs use the API. */
import { z } from 'zod'
import { givenInstantSchema, idParams, idSchema, instantSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

const keySchema = z.object({
  id: idSchema,
  name: z.string(),
  /** `secret`: for servers. `public`: for websites; everybody can read it, so it may take in events and nothing else. */
  kind: z.enum(['secret', 'public']),
  /** How the key begins; the audit log names it so. */
  prefix: z.string(),
  scopes: z.array(z.string()),
  createdBy: z.string(),
  createdAt: instantSchema,
  expiresAt: instantSchema.nullable(),
  /** To the minute. */
  lastUsedAt: instantSchema.nullable(),
  revokedAt: instantSchema.nullable(),
})
export type Key = z.infer<typeof keySchema>

export const listKeys = defineRoute({
  name: 'listKeys',
  method: 'GET',
  path: '/api/v1/keys',
  tag: 'Keys',
  summary: 'All keys, newest first',
  query: z.strictObject(pageQuery),
  responses: { 200: pageOf(keySchema) },
})

export const createKey = defineRoute({
  name: 'createKey',
  method: 'POST',
  path: '/api/v1/keys',
  tag: 'Keys',
  secret: true,
  summary: 'Make a key',
  description: 'The key is in this answer and never shown again. Nobody can give a right that they do not have.',
  body: z.strictObject({
    name: z.string().trim().min(1).max(100),
    kind: z.enum(['secret', 'public']).default('secret'),
    scopes: z
      .array(z.string().max(64))
      .max(100)
      .default([])
      .describe('For example `leads:read`. A public key always has `ingest:write` and nothing else.'),
    expiresAt: givenInstantSchema.nullable().default(null),
  }),
  responses: { 201: keySchema.extend({ key: z.string().describe('Store it now.') }) },
  problems: ['SCOPE_UNKNOWN'],
})

export const revokeKey = defineRoute({
  name: 'revokeKey',
  method: 'DELETE',
  path: '/api/v1/keys/{id}',
  tag: 'Keys',
  summary: 'Revoke a key',
  description: 'It opens nothing from the moment of the answer. Repeating it changes nothing.',
  params: idParams,
  responses: { 200: z.object({ revoked: z.literal(true) }) },
  problems: ['KEY_NOT_FOUND'],
})
