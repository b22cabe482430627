/** All segments: what each means, how many leads are in it, and where it is used. */
import { Button, Group, Skeleton, Table, Text, TextInput, Title } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { SegmentSummary } from '#server/contract/segments.ts'
import { t } from '../i18n/t.ts'
import { useMatch } from '../rules/use-match.ts'
import { useMay } from '../sign-in/session-gate.tsx'
import { goTo, Link } from '../ui/route.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { formatNumber } from '../ui/words.ts'
import { UsesPopover } from './segment-uses.tsx'
import { useSegments } from './use-segments.ts'

export function SegmentsScreen() {
  const query = useSegments()
  const mayWrite = useMay('segments:write')
  const [search, setSearch] = useState('')
  return (
    <>
      <Group justify="space-between" mb={16}>
        <Title order={1}>{t('Segments')}</Title>
        <Group gap={8}>
          <TextInput
            size="xs"
            aria-label={t('Find a segment')}
            placeholder={t('Find a segment')}
            leftSection={<IconSearch size={14} />}
            value={search}
            onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          {mayWrite ? (
            <Button leftSection={<IconPlus size={14} />} onClick={() => goTo('/segments/new')}>
              {t('New segment')}
            </Button>
          ) : null}
        </Group>
      </Group>
      <Loaded query={query} rows={6}>
        {({ items }) => {
          const wanted = search.trim().toLowerCase()
          const shown = items.filter(({ name, sentence }) => `${name} ${sentence}`.toLowerCase().includes(wanted))
          if (items.length === 0) {
            return (
              <Empty title={t('No segments yet')}>
                {t(
                  'A segment is a rule with a name. Journeys enter by it, branch on it, and always mean the leads who match now.',
                )}
              </Empty>
            )
          }
          if (shown.length === 0) return <Empty title={t('No segment has “{{search}}” in it', { search })} />
          return (
            <Table.ScrollContainer minWidth={300} type="native">
              <Table verticalSpacing={8} highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('Name')}</Table.Th>
                    <Table.Th visibleFrom="sm">{t('Who is in it')}</Table.Th>
                    <Table.Th ta="right">{t('Leads now')}</Table.Th>
                    <Table.Th>{t('Used in')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {shown.map((segment) => (
                    <Row key={segment.key} segment={segment} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }}
      </Loaded>
    </>
  )
}

const nobody = { matching: 0, others: 0 }

function Row({ segment }: { segment: SegmentSummary }) {
  const { key, name, sentence, rule, usedIn } = segment
  const match = useMatch({ rule, sample: nobody, warnings: false }, 0)
  return (
    <Table.Tr>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <Link to={`/segments/${encodeURIComponent(key)}`} fw={500} size="sm">
          {name}
        </Link>
        <Text size="xs" c="dimmed" lineClamp={2} hiddenFrom="sm">
          {sentence}
        </Text>
      </Table.Td>
      <Table.Td maw={520} visibleFrom="sm">
        <Text size="sm" lineClamp={2} title={sentence}>
          {sentence}
        </Text>
      </Table.Td>
      <Table.Td ta="right" style={{ verticalAlign: 'top', fontVariantNumeric: 'tabular-nums' }}>
        {match.data !== undefined ? (
          `${match.data.isEstimate ? '≈ ' : ''}${formatNumber(match.data.matching)}`
        ) : match.error !== null ? (
          <Text size="xs" c="dimmed" title={match.error.message}>
            {t('not counted')}
          </Text>
        ) : (
          <Skeleton height={14} width={40} ml="auto" />
        )}
      </Table.Td>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <UsesPopover uses={usedIn} />
      </Table.Td>
    </Table.Tr>
  )
}
