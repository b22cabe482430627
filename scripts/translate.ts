/**
 * Prepares a translation of the page: `npm run translate -- de` writes `builder/src/i18n/languages/de.json` with every
 * sentence that is not in it yet (empty: English is shown), and takes out those that are said no more.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readTranslation } from './i18n/translation.ts'

const root = join(import.meta.dirname, '..')
const [language = ''] = process.argv.slice(2)
if (Intl.getCanonicalLocales(language || 'x')[0] !== language || language.startsWith('en')) {
  console.error(
    `"${language}" is no language to translate into; name one by its tag, for example: npm run translate -- de`,
  )
  process.exit(1)
}
const file = join(root, 'builder/src/i18n/languages', `${language}.json`)
const before = await readFile(file, 'utf8').then(
  (text) => JSON.parse(text) as Record<string, string>,
  () => ({}),
)
const { words, fresh, stale } = readTranslation(join(root, 'builder/src'), language, before)
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(words, null, 2)}\n`)
const open = Object.values(words).filter((text) => text === '').length
console.log(
  `${file}: ${String(Object.keys(words).length)} sentences, ${String(open)} to translate; ${String(fresh)} new, ${String(stale)} taken out.`,
)
