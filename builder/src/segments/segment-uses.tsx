/** The places that name a segment, each a link to it. */
import { List, Popover, Text, UnstyledButton } from '@mantine/core'
import type { SegmentUse } from '#server/contract/segments.ts'
import { t } from '../i18n/t.ts'
import { Link } from '../ui/route.tsx'

const versions = { live: 'live', draft: 'draft', earlier: 'earlier version, with leads in it' } as const

export function UsesList({ uses }: { uses: readonly SegmentUse[] }) {
  return (
    <List size="sm" spacing={4}>
      {uses.map(({ kind, key, name, where, steps }) => (
        <List.Item key={`${kind} ${key} ${where ?? ''}`}>
          {kind === 'segment' ? (
            <>
              {t('Segment')} <Link to={`/segments/${encodeURIComponent(key)}`}>{name}</Link>
            </>
          ) : (
            <>
              <Link to={`/journeys/${encodeURIComponent(key)}`}>{name}</Link>{' '}
              <Text span size="xs" c="dimmed">
                {t(versions[where ?? 'live'])}
              </Text>
              <br />
              {steps.map(({ id, name: step }, index) => (
                <span key={id ?? 'settings'}>
                  {index === 0 ? '' : ', '}
                  {id === null ? (
                    step
                  ) : (
                    <Link to={`/journeys/${encodeURIComponent(key)}?step=${encodeURIComponent(id)}`}>{step}</Link>
                  )}
                </span>
              ))}
            </>
          )}
        </List.Item>
      ))}
    </List>
  )
}

export function UsesPopover({ uses }: { uses: readonly SegmentUse[] }) {
  if (uses.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('nothing')}
      </Text>
    )
  }
  return (
    <Popover width={320} position="bottom-end" withArrow shadow="sm" trapFocus>
      <Popover.Target>
        <UnstyledButton style={{ textDecoration: 'underline', fontSize: 13 }}>
          {t('{{count}} places', { count: uses.length })}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <UsesList uses={uses} />
      </Popover.Dropdown>
    </Popover>
  )
}
