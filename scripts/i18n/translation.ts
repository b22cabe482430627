/** All sentences that a translation has to have: the page's own, and the engine's names of steps, settings and ways out. */
import { z } from 'zod'
import { coreFields } from '#engine/fields.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { saySchema } from '../../builder/src/i18n/say-schema.ts'
import { readPageWords } from './page-words.ts'

export interface Translation {
  /** Sentence → its translation, empty where there is none yet; in the order of the alphabet. */
  words: Record<string, string>
  /** How many sentences were not there before. */
  fresh: number
  /** How many are said no more. */
  stale: number
}

/** @param page the builder's source */
export function readTranslation(page: string, language: string, before: Readonly<Record<string, string>>): Translation {
  const sentences = new Set([...readPageWords(page).keys.keys(), ...engineWords()])
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  const keys = [...sentences].flatMap((sentence) =>
    sentence.includes('{{count}}') ? forms.map((form) => `${sentence}_${form}`) : [sentence],
  )
  const [known, wanted] = [new Set(Object.keys(before)), new Set(keys)]
  return {
    words: Object.fromEntries(keys.toSorted().map((key) => [key, before[key] ?? ''])),
    fresh: keys.filter((key) => !known.has(key)).length,
    stale: [...known].filter((key) => !wanted.has(key)).length,
  }
}

function engineWords(): Set<string> {
  const words = new Set<string>()
  const note = (text: string): string => {
    words.add(text)
    return text
  }
  for (const step of builtInSteps as readonly StepType[]) {
    note(step.title)
    note(step.description)
    saySchema(z.toJSONSchema(step.config, { io: 'input' }), note)
    const parsed = step.config.safeParse(step.starter ?? {})
    if (parsed.success) for (const { label } of step.ports(parsed.data)) note(label)
  }
  saySchema(z.toJSONSchema(settingsSchema, { io: 'input' }), note)
  for (const { label } of coreFields) note(label)
  return words
}
