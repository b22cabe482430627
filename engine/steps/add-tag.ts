/** Put a tag on the lead. */
import { defineStep } from './contract.ts'
import { lookUp } from './lookup.ts'
import { tagConfigSchema, type TagConfig } from './tag-fields.ts'

/** Adds a tag; a lead that has it keeps it as it is. */
export const addTag = defineStep<TagConfig>({
  type: 'add_tag',
  version: 1,
  title: 'Add tag',
  category: 'lead',
  icon: 'tag',
  description: 'Puts a tag on the lead.',
  synonyms: ['label', 'mark', 'list'],
  config: tagConfigSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ tag }) => `Tag “${tag}”`,
  rests: () => false,
  run: ({ config: { tag }, facts }) =>
    lookUp(facts.tags, tag) === undefined
      ? { kind: 'leave', port: 'next', reason: `Tagged “${tag}”.`, commands: [{ kind: 'add_tag', tag }] }
      : { kind: 'leave', port: 'next', reason: `Has the tag “${tag}” already.` },
})
