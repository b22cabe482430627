/** Finds in lists what somebody types: names that begin so come first, then words that do, then the rest. */
import type { ComboboxItem, ComboboxItemGroup, OptionsFilter } from '@mantine/core'

function rank(label: string, wanted: string): number {
  const name = label.toLowerCase()
  if (name === wanted) return 0
  if (name.startsWith(wanted)) return 1
  if (name.split(/[\s:_-]+/).some((word) => word.startsWith(wanted))) return 2
  return name.includes(wanted) ? 3 : Infinity
}

export const bestFirst: OptionsFilter = ({ options, search, limit }) => {
  const wanted = search.trim().toLowerCase()
  if (wanted === '') return options
  const order = (items: readonly ComboboxItem[]) =>
    items
      .map((item) => ({ item, at: rank(item.label, wanted) }))
      .filter(({ at }) => at < Infinity)
      .toSorted((one, other) => one.at - other.at)
      .slice(0, limit)
  const groups = options.filter((option): option is ComboboxItemGroup<ComboboxItem> => 'group' in option)
  if (groups.length === 0) return order(options as ComboboxItem[]).map(({ item }) => item)
  return groups
    .map(({ group, items }) => ({ group, found: order(items) }))
    .filter(({ found }) => found.length > 0)
    .toSorted((one, other) => (one.found[0]?.at ?? 0) - (other.found[0]?.at ?? 0))
    .map(({ group, found }) => ({ group, items: found.map(({ item }) => item) }))
}
