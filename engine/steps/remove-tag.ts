/** Take a tag off the lead. */
import { defineStep } from './contract.ts'
import { lookUp } from './lookup.ts'
import { tagConfigSchema, type TagConfig } from './tag-fields.ts'

/** Removes a tag. */
export const removeTag = defineStep<TagConfig>({
  type: 'remove_tag',
  version: 1,
  title: 'Remove tag',
  category: 'lead',
  icon: 'tag-off',
  description: 'Takes a tag off the lead.',
  synonyms: ['label', 'unmark', 'list'],
  config: tagConfigSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ tag }) => `Remove tag “${tag}”`,
  rests: () => false,
  run: ({ config: { tag }, facts }) =>
    lookUp(facts.tags, tag) === undefined
      ? { kind: 'leave', port: 'next', reason: `Has no tag “${tag}”.` }
      : { kind: 'leave', port: 'next', reason: `Tag “${tag}” removed.`, commands: [{ kind: 'remove_tag', tag }] },
})
