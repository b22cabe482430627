/** What a field that takes any word offers while it is written. */
import type { ComboboxItem, ComboboxParsedItem } from '@mantine/core'

/**
 * Those whose value or words have what is written, whatever stands between the words; all of them while it is one of them
 * itself, so that another can be chosen. `items` says the words of a value.
 */
export function offered(
  options: readonly ComboboxParsedItem[],
  written: string,
  items: readonly { value: string; label: string }[],
): ComboboxParsedItem[] {
  const flat = options.flatMap((one) => ('group' in one ? one.items : [one])) as ComboboxItem[]
  const wanted = plain(written)
  if (wanted === '' || flat.some(({ value }) => value === written.trim())) return [...options]
  const labels = new Map(items.map(({ value, label }) => [value, label]))
  const fits = (one: unknown): boolean => {
    const { value } = one as ComboboxItem
    return plain(value).includes(wanted) || plain(labels.get(value) ?? '').includes(wanted)
  }
  return options.flatMap((one): ComboboxParsedItem[] => {
    if (!('group' in one)) return fits(one) ? [one] : []
    const left = one.items.filter(fits)
    return left.length === 0 ? [] : [{ ...one, items: left } as ComboboxParsedItem]
  })
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()
}
