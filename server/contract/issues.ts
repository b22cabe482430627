/** Problems of a journey as the API tells them. */
import { z } from 'zod'

/** One problem, at the step and the field it is about. */
export const issueSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  nodeId: z.string().optional(),
  path: z.array(z.union([z.string(), z.number()])),
  message: z.string(),
  hint: z.string().optional(),
})
export type DraftIssue = z.infer<typeof issueSchema>
