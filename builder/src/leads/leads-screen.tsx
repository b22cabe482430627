import { Group, Text, TextInput, Title, VisuallyHidden } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useLeads } from '../api/queries.ts'
import { LeadLink, More, Panel, Pill, When } from '../ui/parts.tsx'
import { useAddress, withParameter } from '../ui/route.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { attentionWords, stageWords } from '../ui/words.ts'
import classes from './leads.module.css'
import { t } from '../i18n/t.ts'

/** Leads, found by the beginning of a name, an address or a company (`?search=`). */
export function LeadsScreen() {
  const address = useAddress()
  const [search, setSearch] = useState(address.searchParams.get('search') ?? '')
  const [wanted] = useDebouncedValue(search.trim(), 200)
  const leads = useLeads(wanted)
  useEffect(() => {
    // Typing is not a step to go back over.
    history.replaceState(null, '', withParameter(new URL(location.href), 'search', wanted === '' ? null : wanted))
  }, [wanted])
  return (
    <>
      <VisuallyHidden>
        <Title order={1}>{t('Leads')}</Title>
      </VisuallyHidden>
      <Panel title={t('Leads')}>
        <TextInput
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t('Name, e-mail address or company')}
          aria-label={t('Find a lead')}
          leftSection={<IconSearch size={16} />}
          mb={8}
          autoFocus
        />
        <Loaded query={leads} rows={10}>
          {({ pages }) => {
            const items = pages.flatMap((page) => page.items)
            if (items.length === 0) {
              return wanted === '' ? (
                <Empty title={t('No leads yet')}>
                  {t('Import a file:')} <code>npm run trellis -- import leads.csv</code>
                </Empty>
              ) : (
                <Empty title={t('Nobody is found by “{{wanted}}”', { wanted })}>
                  {t('It must be the beginning of a name, an address or a company.')}
                </Empty>
              )
            }
            return (
              <>
                <ul className={classes['list']}>
                  {items.map((lead) => (
                    <li key={lead.id} className={classes['row']}>
                      <div className={classes['who']}>
                        <LeadLink lead={lead} />
                        <Text size="xs" c="dimmed" truncate>
                          {[lead.email, lead.company].filter(Boolean).join(' · ')}
                        </Text>
                      </div>
                      <Group gap={8} wrap="nowrap" justify="flex-end" className={classes['state'] ?? ''}>
                        <Text size="xs" c="dimmed" visibleFrom="xs">
                          {attentionWords[lead.attention]}
                        </Text>
                        <Pill tone="plain">{stageWords[lead.stage]}</Pill>
                        <When at={lead.createdAt} />
                      </Group>
                    </li>
                  ))}
                </ul>
                <More query={leads} />
              </>
            )
          }}
        </Loaded>
      </Panel>
    </>
  )
}
