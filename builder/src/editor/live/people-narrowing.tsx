/** A list of leads, narrowed by name or address and by how they stand: in the address, so that it can be shared. */
import { CloseButton, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { enrollmentStatuses, type EnrollmentStatus } from '#engine/vocabulary.ts'
import type { PeopleKind } from '#server/contract/journey-people.ts'
import { t } from '../../i18n/t.ts'
import { goTo, useAddress } from '../../ui/route.tsx'
import { enrollmentStatusWords } from '../../ui/words.ts'
import type { PeopleNarrowing } from './live-queries.ts'
import { liveAddress } from './live-view.ts'

const parameters = { search: 'who', status: 'state' } as const

/** Which states a list can be narrowed to: who is here has not ended, and a list of the paused has only these. */
function statesOf(what: PeopleKind): readonly EnrollmentStatus[] {
  if (what === 'paused' || what === 'parked') return []
  return what === 'here' ? ['active', 'paused', 'parked'] : enrollmentStatuses
}

export function useNarrowing(what: PeopleKind): PeopleNarrowing {
  const { searchParams } = useAddress()
  const status = searchParams.get(parameters.status)
  return {
    search: searchParams.get(parameters.search) ?? '',
    status: statesOf(what).find((one) => one === status) ?? null,
  }
}

/** Typing is no step to go back over. */
function narrow(change: Readonly<Record<string, string | null>>): void {
  goTo(liveAddress(new URL(location.href), change), { replace: true })
}

export function Narrowing({ what }: { what: PeopleKind }) {
  const { search, status } = useNarrowing(what)
  const [typed, setTyped] = useState(search)
  // The address may be changed by others: a link, or the way back.
  const [known, setKnown] = useState(search)
  if (known !== search) {
    setKnown(search)
    setTyped(search)
  }
  const write = useDebouncedCallback((text: string) => {
    setKnown(text)
    narrow({ [parameters.search]: text === '' ? null : text })
  }, 250)
  const states = statesOf(what)
  return (
    <Group gap={6} wrap="nowrap" mb={6}>
      <TextInput
        size="xs"
        flex={1}
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('Name or address')}
        aria-label={t('Find a lead in this list')}
        value={typed}
        rightSection={
          typed === '' ? null : (
            <CloseButton
              size="xs"
              aria-label={t('Show all again')}
              onClick={() => {
                setTyped('')
                write('')
              }}
            />
          )
        }
        onChange={({ currentTarget: { value } }) => {
          setTyped(value)
          write(value.trim())
        }}
      />
      {states.length === 0 ? null : (
        <Select
          size="xs"
          w={132}
          aria-label={t('How they stand now')}
          placeholder={t('Any state')}
          clearable
          data={states.map((value) => ({ value, label: enrollmentStatusWords[value] }))}
          value={status}
          onChange={(value) => narrow({ [parameters.status]: value })}
        />
      )}
    </Group>
  )
}
