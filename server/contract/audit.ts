/** The audit log: who changed what, from what, to what. */
import { z } from 'zod'
import { cursorSchema, givenInstantSchema, instantSchema, jsonSchema, limitSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const auditEntrySchema = z.object({
  id: z.int(),
  at: instantSchema,
  /** `owner`, `user:<key>`, `key:<prefix>`, `journey:<key>`, `system`, or who used the command line. */
  actor: z.string(),
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  /** What is about leads is emptied when the lead is erased. */
  before: jsonSchema,
  after: jsonSchema,
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

const word = z.string().trim().min(1).max(200).optional()

export const listAudit = defineRoute({
  name: 'listAudit',
  method: 'GET',
  path: '/api/v1/audit',
  tag: 'Audit',
  summary: 'Who changed what, newest first',
  query: z.strictObject({
    limit: limitSchema,
    cursor: cursorSchema.optional(),
    actor: word.describe('For example `user:ada`.'),
    action: word.describe('For example `lead.update`; `lead.` finds all that begin so.'),
    subjectKind: word,
    subjectId: word.describe('Needs `subjectKind`.'),
    from: givenInstantSchema.optional().describe('Not before this instant.'),
    until: givenInstantSchema.optional().describe('Before this instant.'),
  }),
  responses: { 200: z.object({ items: z.array(auditEntrySchema), nextCursor: z.string().nullable() }) },
})
