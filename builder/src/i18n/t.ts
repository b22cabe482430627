/** The page's words, in components and outside of them; not before a function runs, since the language is chosen first. */
import { i18n } from './i18n.ts'

export const t = i18n.t

/** A table of words, each said in the reader's language when it is looked up. */
export function wordsOf<Key extends string>(words: Readonly<Record<Key, string>>): Readonly<Record<Key, string>> {
  return withGetters(words, () => true)
}

/** A list of things, whose names are said in the reader's language when they are looked at. */
export function labelled<Item extends object>(items: readonly Item[]): readonly Item[] {
  return items.map((item) => withGetters(item, (member) => member === 'label' || member === 'title'))
}

function withGetters<Thing extends object>(thing: Thing, isSaid: (member: string) => boolean): Thing {
  const copy = { ...thing }
  for (const [member, text] of Object.entries(thing)) {
    if (typeof text === 'string' && isSaid(member)) {
      Object.defineProperty(copy, member, { get: () => t(text), enumerable: true })
    }
  }
  return copy
}
