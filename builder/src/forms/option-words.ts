/** Names of settings and values, in words, where the schema gives none. */
import type { FormHints } from '#engine/steps/form-hints.ts'
import { t } from '../i18n/t.ts'

export interface Option {
  value: string | number | boolean
  label: string
  help: string
}

/** `coolDownDays`, `sales_ready` → "Cool down days", "Sales ready". */
export function sayKey(key: string): string {
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The values of a choice, each with its words. */
export function optionsOf(values: readonly unknown[], { options = {} }: FormHints): Option[] {
  return values.flatMap((value): Option[] => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return []
    const words = Object.hasOwn(options, String(value)) ? options[String(value)] : undefined
    const label = typeof words === 'string' ? words : (words?.label ?? t(sayKey(String(value))))
    return [{ value, label, help: typeof words === 'object' ? (words.help ?? '') : '' }]
  })
}
