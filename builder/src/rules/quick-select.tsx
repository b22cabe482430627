/** A list to choose from by typing: Enter takes the best match at once, however fast it was typed. */
import { Select, type ComboboxItem } from '@mantine/core'
import { useState, type KeyboardEvent } from 'react'
import { t } from '../i18n/t.ts'
import { bestFirst } from './best-first.ts'

export interface QuickSelectProps {
  label: string
  data: readonly ComboboxItem[] | readonly { group: string; items: ComboboxItem[] }[]
  value: string | null
  onChange: (value: string) => void
  isReadOnly: boolean
  className?: string
  placeholder?: string
  nothingFound?: string
}

export function QuickSelect({
  label,
  data,
  value,
  onChange,
  isReadOnly,
  className = '',
  placeholder = '',
  nothingFound = t('Nothing has that name'),
}: QuickSelectProps) {
  const [isOpen, setOpen] = useState(false)
  const [search, setSearch] = useState('')
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter' || !isOpen || event.currentTarget.getAttribute('aria-activedescendant')) return
    // The list marks its first entry only after it was drawn; who types fast is there before.
    event.preventDefault()
    const [first] = bestFirst({ options: [...data] as ComboboxItem[], search, limit: 1 })
    const item = first !== undefined && 'group' in first ? first.items[0] : first
    if (item === undefined || !('value' in item)) return
    setOpen(false)
    setSearch(item.label)
    onChange(item.value)
  }
  return (
    <Select
      size="xs"
      searchable
      openOnFocus={false}
      selectFirstOptionOnChange
      allowDeselect={false}
      filter={bestFirst}
      limit={200}
      maxDropdownHeight={320}
      aria-label={label}
      placeholder={placeholder}
      nothingFoundMessage={nothingFound}
      className={className}
      readOnly={isReadOnly}
      data={[...data] as ComboboxItem[]}
      value={value}
      onChange={(next) => next !== null && next !== value && onChange(next)}
      searchValue={search}
      onSearchChange={setSearch}
      dropdownOpened={isOpen}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
      onKeyDown={onKeyDown}
    />
  )
}
