/** What "add tag" and "remove tag" share. */
import { z } from 'zod'

/** A tag as people write it; compared exactly. */
export const tagConfigSchema = z.strictObject({
  tag: z
    .string()
    .min(1, 'A tag is needed.')
    .max(100)
    .meta({ title: 'Tag', description: 'Any word or phrase.', picks: 'tag' }),
})
/** The parsed config of both steps. */
export type TagConfig = z.infer<typeof tagConfigSchema>
