/** Who may come in: keys of programs, passwords and sessions of people, and the answers kept for repeated writes. */
import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { users } from './people.ts'

/**
 * Keys of programs. The key itself is shown once and not kept. Index story: found by its hash with each request; few rows
 * otherwise, read whole. `public` keys are readable in a website's source: they may take in events and nothing else.
 */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    kind: text('kind', { enum: ['secret', 'public'] }).notNull(),
    /** How the key begins, to tell keys apart; unique, as it is the name in the audit log. */
    prefix: text('prefix').notNull().unique(),
    /** SHA-256 of the whole key in hex. 256 random bits need no slow hash. */
    hash: text('hash').notNull(),
    scopes: text('scopes').array().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    /** To the minute: it is not written with each request. */
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [uniqueIndex('api_keys_hash').on(table.hash)],
)

/** A person's password, as scrypt with its parameters. A person without a row signs in by a link only. */
export const passwords = pgTable('passwords', {
  userKey: text('user_key')
    .primaryKey()
    .references(() => users.key),
  /** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
  hash: text('hash').notNull(),
  changedAt: instant('changed_at').notNull().defaultNow(),
})

/** Signed-in browsers. Index story: found by the token's hash with each request; a person's are ended together. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userKey: text('user_key')
      .notNull()
      .references(() => users.key),
    /** SHA-256 of the cookie in hex. */
    tokenHash: text('token_hash').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    /** To the minute. */
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    uniqueIndex('sessions_token').on(table.tokenHash),
    index('sessions_user')
      .on(table.userKey)
      .where(sql`ended_at is null`),
  ],
)

/** Links that let a person set a password, once. Found by the token's hash; a new one ends the older ones. */
export const signInLinks = pgTable(
  'sign_in_links',
  {
    tokenHash: text('token_hash').primaryKey(),
    userKey: text('user_key')
      .notNull()
      .references(() => users.key),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [index('sign_in_links_user').on(table.userKey)],
)

/**
 * Answers to writes with an Idempotency-Key, kept for 24 hours. The row is written first and stays uncommitted while the
 * write runs, so that a second request waits for it, and a process that dies leaves none. Index story: its key; expired
 * rows are deleted by `expires_at`. The answer may hold personal data: erasure empties those that name the lead.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** Whose key it is: the principal's actor. */
    principal: text('principal').notNull(),
    key: text('key').notNull(),
    route: text('route').notNull(),
    /** SHA-256 of path, query and body in hex. */
    requestHash: text('request_hash').notNull(),
    status: integer('status').notNull().default(0),
    headers: jsonb('headers').$type<Record<string, string>>().notNull().default({}),
    /** The JSON as it was sent; null once erased. */
    body: text('body'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.principal, table.key] }),
    index('idempotency_keys_expiry').on(table.expiresAt),
  ],
)
