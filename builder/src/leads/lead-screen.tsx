import { Group, Stack, Text, Title } from '@mantine/core'
import type { Lead } from '#server/contract/leads.ts'
import { useLead, useLeadTimeline } from '../api/queries.ts'
import { More, Panel, Pill } from '../ui/parts.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { attentionWords, formatInstant, stageWords } from '../ui/words.ts'
import classes from './leads.module.css'
import { Standings } from './standings.tsx'
import { TimelineEntries } from './timeline-entries.tsx'
import { t } from '../i18n/t.ts'

/** One lead: who it is, where it stands and why, what comes next, and everything that happened. */
export function LeadScreen({ id }: { id: string }) {
  const lead = useLead(id)
  return (
    <Loaded query={lead} rows={8}>
      {(data) => (
        <Stack gap={16}>
          <Head lead={data} />
          <div className={classes['columns']}>
            <Story id={id} />
            <Panel title={t('What is known')}>
              <Facts lead={data} />
            </Panel>
          </div>
        </Stack>
      )}
    </Loaded>
  )
}

function Head({ lead }: { lead: Lead }) {
  return (
    <Group gap={10}>
      <Title order={1}>{lead.name}</Title>
      <Pill tone="plain">{stageWords[lead.stage]}</Pill>
      <Pill tone="plain">{attentionWords[lead.attention]}</Pill>
      {lead.isTest ? <Pill tone="warning">{t('Test lead')}</Pill> : null}
      {lead.erasedAt === null ? null : <Pill tone="error">{t('Erased')}</Pill>}
      <Text size="sm" c="dimmed">
        {[lead.title, lead.company].filter(Boolean).join(', ')}
      </Text>
    </Group>
  )
}

function Story({ id }: { id: string }) {
  const timeline = useLeadTimeline(id)
  return (
    <Loaded query={timeline} rows={10}>
      {({ pages }) => {
        const [first] = pages
        if (first === undefined) return null
        const entries = pages.flatMap((page) => page.entries)
        return (
          <Stack gap={16} miw={0}>
            <Panel title={t('Where it stands')}>
              {first.standings.length === 0 ? (
                <Empty title={t('On no journey')}>{t('It enters one when its trigger fires, or by hand.')}</Empty>
              ) : (
                <Standings lead={id} standings={first.standings} now={first.now} />
              )}
            </Panel>
            <Panel title={t('What happened')}>
              {entries.length === 0 ? (
                <Empty title={t('Nothing yet')} />
              ) : (
                <TimelineEntries entries={entries} now={first.now} />
              )}
              <More query={timeline} />
            </Panel>
          </Stack>
        )
      }}
    </Loaded>
  )
}

function Facts({ lead }: { lead: Lead }) {
  const place = [lead.addressLine1, [lead.postalCode, lead.city].filter(Boolean).join(' '), lead.region, lead.country]
  const refused = Object.entries(lead.doNot).flatMap(([channel, isRefused]) => (isRefused ? [channel] : []))
  const rows: [string, string | null][] = [
    ['E-mail', lead.email],
    ['Phone', lead.phone],
    ['Address', place.filter(Boolean).join(', ') || null],
    ['Time zone', lead.zone],
    ['Source', lead.source],
    ['Owner', lead.ownerId],
    ['Score', String(lead.score)],
    ['Tags', lead.tags.join(', ') || null],
    ['Do not', refused.join(', ') || null],
    ['Suppressed', lead.suppressed.map(({ channel, reason }) => `${channel} (${reason})`).join(', ') || null],
    ...Object.entries(lead.fields).map(([key, value]): [string, string | null] => [
      key.replaceAll('_', ' '),
      value === null ? null : Array.isArray(value) ? value.join(', ') : String(value),
    ]),
    ['Since', formatInstant(lead.createdAt)],
    ['Last activity', lead.lastActivityAt === null ? null : formatInstant(lead.lastActivityAt)],
  ]
  return (
    <dl className={classes['facts']}>
      {rows.map(([label, value]) =>
        value === null || value === '' ? null : (
          <Row key={label} label={label}>
            {value}
          </Row>
        ),
      )}
    </dl>
  )
}

function Row({ label, children }: { label: string; children: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}
