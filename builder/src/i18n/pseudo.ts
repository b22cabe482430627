/**
 * A language for those who work on the page: English with accents, in brackets and a third longer. What is not in
 * brackets cannot be translated; what is cut off has no room for German.
 */

/** The private tag that Unicode has for it. */
export const pseudoLanguage = 'en-XA'

const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const accented = 'áƀçďéƒğĥíĵķľɱñóƥɋřšťúṽŵẋýžÁƁÇĎÉƑĞĤÍĴĶĽṀÑÓƤɊŘŠŤÚṼŴẊÝŽ'
const letters = new Map(Array.from(plain, (letter, index) => [letter, accented.charAt(index)]))

/** `{{values}}` stay as they are. */
export function accent(text: string): string {
  if (!/\p{L}/u.test(text.replaceAll(/\{\{.*?\}\}/g, ''))) return text
  const changed = text
    .split(/(\{\{.*?\}\})/)
    .map((part) =>
      part.startsWith('{{') ? part : part.replaceAll(/[a-z]/gi, (letter) => letters.get(letter) ?? letter),
    )
    .join('')
  return `⟦${changed}${'·'.repeat(Math.ceil(text.length / 4))}⟧`
}
