/**
 * The engine's own words in the reader's language: names of steps and ways out, and of settings and their values. As
 * everywhere their English is the key; what has no translation, such as the name that an author gave a way out, stays.
 */
import type { StepManifest } from '#server/contract/steps.ts'

/** Says a text in the reader's language. */
type Say = (text: string) => string

/** Members of a JSON Schema, and of its `ui`, that a person reads. */
const said = new Set(['title', 'description', 'section', 'empty', 'unit', 'entry', 'label', 'help'])
/** Below these are names that only programs read; what they hold is a schema again, or words. */
const tables = new Set(['properties', '$defs', 'patternProperties'])

export function sayManifest(manifest: StepManifest, say: Say): StepManifest {
  return {
    ...manifest,
    title: say(manifest.title),
    description: say(manifest.description),
    synonyms: manifest.synonyms.flatMap((word) => [...new Set([word, say(word)])]),
    config: saySchema(manifest.config, say),
    ports: manifest.ports?.map((port) => ({ ...port, label: say(port.label) })) ?? null,
  }
}

/** The schema of a form, its texts translated; everything else as it was. */
export function saySchema<Schema extends object>(schema: Schema, say: Say): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([member, value]) => [member, sayMember(member, value, say)]),
  ) as Schema
}

function sayMember(member: string, value: unknown, say: Say): unknown {
  if (typeof value === 'string') return said.has(member) && value !== '' ? say(value) : value
  if (member === 'default' || member === 'const' || member === 'enum' || member === 'showWhen') return value
  if (Array.isArray(value)) return value.map((one: unknown) => sayMember('', one, say))
  if (typeof value !== 'object' || value === null) return value
  if (member === 'options') return sayOptions(value, say)
  if (!tables.has(member)) return saySchema(value, say)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, sayMember('', one, say)]))
}

/** Value → its words, or its words and a sentence. */
function sayOptions(options: object, say: Say): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([value, words]) => [
      value,
      typeof words === 'string' ? say(words) : sayMember('', words, say),
    ]),
  )
}
