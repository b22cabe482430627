/**
 * The page's words in the reader's language. The English sentence is the key, so a text that nobody has translated yet is
 * still a sentence: `t('Publish')`, `t('{{count}} leads wait here', { count })`. Numbers, dates and durations are
 * written by Intl (ui/words.ts). Translations are files in `languages/`, made by `npm run translate`.
 */
import { createInstance } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { accent, pseudoLanguage } from './pseudo.ts'

type Translation = Record<string, string>

const files = import.meta.glob<{ default: Translation }>('./languages/*.json')
const fileOf = (language: string) => files[`./languages/${language}.json`]

/** Words of several numbers: English needs them only where one and many differ. */
const plurals: Translation = {
  '{{count}} leads_one': '{{count}} lead',
  '{{count}} leads_other': '{{count}} leads',
  '{{count}} steps_one': '{{count}} step',
  '{{count}} steps_other': '{{count}} steps',
  '{{count}} notes_one': '{{count}} note',
  '{{count}} notes_other': '{{count}} notes',
  '{{count}} steps duplicated_one': '{{count}} step duplicated',
  '{{count}} steps duplicated_other': '{{count}} steps duplicated',
  '{{count}} problems_one': '{{count}} problem',
  '{{count}} problems_other': '{{count}} problems',
  '{{count}} warnings_one': '{{count}} warning',
  '{{count}} warnings_other': '{{count}} warnings',
  'leads to {{count}} steps_one': 'leads to {{count}} step',
  'leads to {{count}} steps_other': 'leads to {{count}} steps',
  '{{count}} changes_one': '{{count}} change',
  '{{count}} changes_other': '{{count}} changes',
  '{{count}} errors_one': '{{count}} error',
  '{{count}} errors_other': '{{count}} errors',
  '{{count}} assets_one': '{{count}} asset',
  '{{count}} assets_other': '{{count}} assets',
  '{{count}} places_one': '{{count}} place',
  '{{count}} places_other': '{{count}} places',
  '{{count}} need a person_one': '{{shown}} needs a person',
  '{{count}} need a person_other': '{{shown}} need a person',
  '{{count}} messages to the built-in mailbox_one': '{{count}} message to the built-in mailbox',
  '{{count}} messages to the built-in mailbox_other': '{{count}} messages to the built-in mailbox',
  '{{count}} open tasks wait for an outcome_one': '{{count}} open task waits for an outcome',
  '{{count}} open tasks wait for an outcome_other': '{{count}} open tasks wait for an outcome',
  '{{count}} steps that were there then are not drawn here._one':
    '{{count}} step that was there then is not drawn here.',
  '{{count}} steps that were there then are not drawn here._other':
    '{{count}} steps that were there then are not drawn here.',
  'Solve the {{count}} problems of the journey first._one': 'Solve the {{count}} problem of the journey first.',
  'Solve the {{count}} problems of the journey first._other': 'Solve the {{count}} problems of the journey first.',
  'tidy up {{count}} steps_one': 'tidy up {{count}} step',
  'tidy up {{count}} steps_other': 'tidy up {{count}} steps',
}

/** In the address while it is being chosen; remembered in this browser from then on. */
const parameter = 'lang'
const remembered = 'trellis.language'

/** What was asked for, if there is such a language; else the browser's, else English. */
function chooseLanguage(): string {
  // Workers and tests have no page.
  if (typeof location === 'undefined' || typeof localStorage === 'undefined') return 'en'
  const asked = new URL(location.href).searchParams.get(parameter)
  if (asked !== null) localStorage.setItem(remembered, asked)
  const wishes = [asked, localStorage.getItem(remembered), ...navigator.languages]
  return wishes.filter((wish) => wish !== null).flatMap(knownAs)[0] ?? 'en'
}

/** `de-CH` is read as `de` where there is only that. */
function knownAs(wish: string): string[] {
  if (wish === pseudoLanguage || wish === 'pseudo') return [pseudoLanguage]
  return [wish, wish.split('-')[0] ?? ''].filter((tag) => tag === 'en' || fileOf(tag) !== undefined).slice(0, 1)
}

export const i18n = createInstance()
const language = chooseLanguage()

void i18n.use(initReactI18next).init({
  lng: language,
  fallbackLng: 'en',
  // Keys are sentences: dots and colons in them mean nothing.
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
  // What is not translated yet is English.
  returnEmptyString: false,
  resources: { en: { translation: plurals } },
})
if (language === pseudoLanguage) {
  const { interpolator } = i18n.services
  const fill = interpolator.interpolate.bind(interpolator)
  // Before values are put in, so that what is data stays as it is.
  interpolator.interpolate = (text, ...more) => fill(accent(text), ...more)
}
if (typeof document !== 'undefined') document.documentElement.lang = language

/** Reads the words of the chosen language; the page waits for it. Without them it is English. */
export async function loadLanguage(): Promise<void> {
  const words = await fileOf(language)?.().catch(() => null)
  if (words) i18n.addResourceBundle(language, 'translation', words.default)
}
