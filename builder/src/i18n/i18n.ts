/**
 * The page's words in the reader's language. The English sentence is the key, so a text that nobody has translated yet is
 * still a sentence: `t('Publish')`, `t('{{count}} leads wait here', { count })`. Numbers, dates and durations are
 * written by Intl (ui/words.ts).
 */
import { createInstance } from 'i18next'
import { initReactI18next } from 'react-i18next'

/** Languages with a file here; the first is the fallback. */
const languages = ['en'] as const

const plurals = {
  '{{count}} leads_one': '{{count}} lead',
  '{{count}} leads_other': '{{count}} leads',
  '{{count}} steps_one': '{{count}} step',
  '{{count}} steps_other': '{{count}} steps',
  '{{count}} problems_one': '{{count}} problem',
  '{{count}} problems_other': '{{count}} problems',
  '{{count}} warnings_one': '{{count}} warning',
  '{{count}} warnings_other': '{{count}} warnings',
  'leads to {{count}} steps_one': 'leads to {{count}} step',
  'leads to {{count}} steps_other': 'leads to {{count}} steps',
  '{{count}} changes_one': '{{count}} change',
  '{{count}} changes_other': '{{count}} changes',
}

/** Used through `useTranslation()`. */
void createInstance()
  .use(initReactI18next)
  .init({
    lng: languages.find((language) => navigator.language.startsWith(language)) ?? languages[0],
    fallbackLng: languages[0],
    // Keys are sentences: dots and colons in them mean nothing.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    initAsync: false,
    resources: { en: { translation: plurals } },
  })
