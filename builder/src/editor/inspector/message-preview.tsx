/** A message as a chosen lead would read it, and sent to oneself. */
import { Alert, Button, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { IconSend } from '@tabler/icons-react'
import { useState } from 'react'
import type { GraphNode } from '#engine/graph/schema.ts'
import { listLeads } from '#server/contract/leads.ts'
import { previewMessage, sendTestMessage } from '#server/contract/messages.ts'
import { call } from '../../api/client.ts'
import { isRecord } from '../../forms/plan.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { Failure, Loading } from '../../ui/states.tsx'
import { useCatalogue, useEditor } from '../editor-context.tsx'
import classes from './inspector.module.css'

/** The reader stays the same from message to message. */
let lastReader: { value: string; label: string } | null = null

export function MessagePreview({ node }: { node: GraphNode }) {
  const maySee = useMay('leads:read')
  const [reader, setReader] = useState(lastReader)
  const [language, setLanguage] = useState<string | null>(null)
  const [view, setView] = useState('html')
  const variants = isRecord(node.config['variants']) ? Object.keys(node.config['variants']) : []
  const isReady = useCatalogue().registry.get(node.type)?.config.safeParse(node.config).success === true
  if (!maySee) return null
  return (
    <section className={classes['preview']} aria-label={t('Preview')}>
      <Group justify="space-between" mb={8} wrap="nowrap">
        <Text size="sm" fw={600}>
          {t('As a lead reads it')}
        </Text>
        {variants.length === 0 ? null : (
          <Select
            size="xs"
            w={130}
            aria-label={t('Language of the preview')}
            data={[{ value: '', label: t('Their own') }, ...variants.map((tag) => ({ value: tag, label: tag }))]}
            allowDeselect={false}
            value={language ?? ''}
            onChange={(next) => setLanguage(next === '' ? null : next)}
          />
        )}
      </Group>
      <Stack gap={8}>
        <LeadSelect
          value={reader}
          onChange={(next) => {
            lastReader = next
            setReader(next)
          }}
        />
        {reader === null ? null : isReady ? (
          <Rendered node={node} leadId={reader.value} language={language} view={view} onView={setView} />
        ) : (
          <p className={classes['muted']}>{t('The preview comes when what is needed is filled in.')}</p>
        )}
      </Stack>
    </section>
  )
}

/** Found by name or address. */
export function LeadSelect({
  value,
  onChange,
  label = t('Lead who reads it'),
  placeholder = t('Choose a lead to read it'),
}: {
  label?: string
  placeholder?: string
  value: { value: string; label: string } | null
  onChange: (lead: { value: string; label: string } | null) => void
}) {
  const [search, setSearch] = useState('')
  const [wanted] = useDebouncedValue(search, 250)
  const text = wanted === value?.label ? '' : wanted
  const leads = useQuery({
    queryKey: ['lead-select', text],
    queryFn: ({ signal }) => call(listLeads, { query: { limit: 20, search: text === '' ? undefined : text } }, signal),
    placeholderData: keepPreviousData,
  })
  const items = (leads.data?.items ?? []).map(({ id, name, email }) => ({ value: id, label: name, email }))
  const data =
    value === null || items.some((item) => item.value === value.value) ? items : [{ ...value, email: null }, ...items]
  return (
    <Select
      size="xs"
      searchable
      aria-label={label}
      placeholder={placeholder}
      error={leads.error?.message ?? null}
      data={data.map(({ value: id, label }) => ({ value: id, label }))}
      // The server has searched already, also by e-mail address, which the label does not have.
      filter={({ options }) => options}
      nothingFoundMessage={leads.isFetching ? t('Looking…') : t('No such lead')}
      searchValue={search}
      onSearchChange={setSearch}
      value={value?.value ?? null}
      onChange={(id) => {
        const chosen = data.find((item) => item.value === id)
        onChange(chosen === undefined ? null : { value: chosen.value, label: chosen.label })
      }}
    />
  )
}

function Rendered({
  node,
  leadId,
  language,
  view,
  onView,
}: {
  node: GraphNode
  leadId: string
  language: string | null
  view: string
  onView: (view: string) => void
}) {
  const journey = useEditor((state) => state.journey.key)
  const isSaved = useEditor((state) => state.saved.content.document.graph.nodes.some(({ id }) => id === node.id))
  const [draft] = useDebouncedValue({ type: node.type, config: node.config }, 400)
  const body = { leadId, draft, ...(language === null ? {} : { language }) }
  const preview = useQuery({
    queryKey: ['message-preview', journey, node.id, body],
    queryFn: ({ signal }) => call(previewMessage, { params: { journey, step: node.id }, body }, signal),
    placeholderData: keepPreviousData,
    retry: false,
    enabled: isSaved,
    gcTime: 60_000,
  })
  if (!isSaved) return <p className={classes['muted']}>{t('The preview comes when the step is saved.')}</p>
  if (preview.error !== null) return <Failure error={preview.error} onRetry={() => void preview.refetch()} />
  if (preview.data === undefined) return <Loading rows={4} />
  const { message, issues, size } = preview.data
  return (
    <>
      {message === null ? (
        <Alert color="red" variant="light" title={t('It cannot be shown yet')}>
          {issues.map((issue) => (
            <Text key={issue.message} size="xs">
              {issue.message}
            </Text>
          ))}
        </Alert>
      ) : (
        <div className={classes['mail']}>
          <div className={classes['mailHead']}>
            <Text size="sm" fw={600}>
              {message.subject}
            </Text>
            <span className={classes['muted']}>
              {message.from === null ? '' : `${message.from.name} · `}
              {t('to {{address}}', { address: message.to })}
              {size > 104_448 ? ` · ${t('too long: Gmail cuts it')}` : ''}
            </span>
          </div>
          {view === 'html' ? (
            <iframe
              className={classes['mailFrame']}
              // An origin of its own without scripts; the page's policy holds in it, too.
              sandbox=""
              srcDoc={message.html}
              title={t('Preview of the message')}
            />
          ) : (
            <pre className={classes['mailText']}>{message.text}</pre>
          )}
        </div>
      )}
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <SegmentedControl
          size="xs"
          aria-label={t('Kind of preview')}
          data={[
            { value: 'html', label: t('Designed') },
            { value: 'text', label: t('Plain text') },
          ]}
          value={view}
          onChange={onView}
        />
        <TestSend journey={journey} step={node.id} body={body} />
      </Group>
    </>
  )
}

function TestSend({
  journey,
  step,
  body,
}: {
  journey: string
  step: string
  body: { leadId: string; draft: { type: string; config: Record<string, unknown> }; language?: string }
}) {
  const maySend = useMay('journeys:write')
  const send = useMutation({
    mutationFn: () => call(sendTestMessage, { params: { journey, step }, body: { ...body, to: 'mailbox' } }),
  })
  if (!maySend) return null
  return (
    <Stack gap={4} align="flex-end" maw={180} ta="end">
      <Button
        variant="default"
        leftSection={<IconSend size={14} />}
        loading={send.isPending}
        onClick={() => send.mutate()}
      >
        {t('Send a test')}
      </Button>
      <span className={classes['muted']} role="status">
        {send.isSuccess ? t('It is in the mailbox, under Messages.') : (send.error?.message ?? '')}
      </span>
    </Stack>
  )
}
