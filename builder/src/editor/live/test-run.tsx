/** A copy of a lead walks the live version at a chosen speed, and is followed on the canvas. Nothing leaves to the outside. */
import { Button, Group, Modal, NumberInput, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlayerStop } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLeads } from '../../api/queries.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { Pill } from '../../ui/parts.tsx'
import { formatInstant, formatNumber } from '../../ui/words.ts'
import { useStartTestRun, useStopTestRun, useTestRun } from './live-queries.ts'
import { changeView } from './live-view.ts'
import classes from './live.module.css'

interface DialogProps {
  journey: string
  opened: boolean
  onClose: () => void
}

export function TestRunDialog({ journey, opened, onClose }: DialogProps) {
  const { t } = useTranslation()
  return (
    <Modal opened={opened} onClose={onClose} title={t('Test run of a lead')} centered>
      <TestRunForm journey={journey} onClose={onClose} />
    </Modal>
  )
}

/** Virtual seconds per second. */
const speeds = [60, 600, 3600, 21_600, 86_400, 604_800]

function TestRunForm({ journey, onClose }: Omit<DialogProps, 'opened'>) {
  const { t } = useTranslation()
  const start = useStartTestRun(journey)
  const [lead, setLead] = useState<string | null>(null)
  const [speed, setSpeed] = useState(3600)
  const [days, setDays] = useState(60)
  const speedWords: Record<number, string> = {
    60: t('A minute per second'),
    600: t('Ten minutes per second'),
    3600: t('An hour per second'),
    21_600: t('Six hours per second'),
    86_400: t('A day per second'),
    604_800: t('A week per second'),
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (lead === null) return
        start.mutate(
          { leadId: lead, speed, days },
          {
            onSuccess: ({ id, leadId }) => {
              onClose()
              changeView({ run: id, lead: leadId, enrollment: null, tab: null, step: null })
            },
          },
        )
      }}
    >
      <Stack gap={12}>
        <Text size="sm">
          {t(
            'A copy of the lead, marked as a test, walks the live version on a clock of its own. Its messages reach the built-in mailbox only.',
          )}
        </Text>
        <LeadSelect value={lead} onChange={setLead} />
        <Select
          label={t('Speed')}
          data={speeds.map((value) => ({ value: String(value), label: speedWords[value] ?? String(value) }))}
          value={String(speed)}
          allowDeselect={false}
          onChange={(value) => setSpeed(Number(value))}
        />
        <NumberInput
          label={t('For at most')}
          suffix={` ${t('days')}`}
          min={1}
          max={400}
          value={days}
          onChange={(value) => setDays(Number(value) || 1)}
        />
        {start.isError ? (
          <Text size="sm" c="var(--error)" role="alert">
            {start.error.message}
          </Text>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('Cancel')}
          </Button>
          <Button type="submit" disabled={lead === null} loading={start.isPending}>
            {t('Start the test run')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Found by name, address or company. */
function LeadSelect({ value, onChange }: { value: string | null; onChange: (lead: string | null) => void }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const [wanted] = useDebouncedValue(search === chosen ? '' : search, 200)
  const leads = useLeads(wanted)
  const found = (leads.data?.pages[0]?.items ?? []).map(({ id, name, company }) => ({
    value: id,
    label: company === null ? name : `${name} · ${company}`,
  }))
  const data =
    value !== null && chosen !== null && !found.some((row) => row.value === value)
      ? [{ value, label: chosen }, ...found]
      : found
  return (
    <Select
      label={t('Lead')}
      required
      searchable
      data-autofocus
      data={data}
      filter={({ options }) => options}
      searchValue={search}
      onSearchChange={setSearch}
      value={value}
      onChange={(id, option) => {
        onChange(id)
        setChosen(option?.label ?? null)
      }}
      nothingFoundMessage={leads.isPending ? t('Looking…') : t('No lead is called that')}
    />
  )
}

/** The run that is followed: its own time, how it fares, and how to stop it. */
export function TestRunBar({ id }: { id: string }) {
  const { t } = useTranslation()
  const run = useTestRun(id)
  const stop = useStopTestRun()
  const mayStop = useMay('enrollments:write')
  const leave = () => changeView({ run: null, lead: null, enrollment: null })
  if (run.data === undefined) {
    return (
      <div className={classes['run']} role="status">
        {run.error === null ? t('The test run is looked up…') : run.error.message}
      </div>
    )
  }
  const { now, speed, finished, refused, deliveries, tasks, enrollments } = run.data
  const messages = Object.values(deliveries).reduce((sum, count) => sum + count, 0)
  const open = tasks['open'] ?? 0
  const isThrough =
    Object.keys(enrollments).length > 0 && !['active', 'paused', 'parked'].some((key) => enrollments[key])
  return (
    <div className={classes['run']} role="region" aria-label={t('Test run')}>
      <Pill tone="warning">{t('Test run')}</Pill>
      <b data-testid="run-time">{formatInstant(now)}</b>
      <span>{t('{{speed}} × as fast', { speed: formatNumber(speed) })}</span>
      <span>{t('{{count}} messages to the built-in mailbox', { count: messages })}</span>
      {open > 0 ? <span>{t('{{count}} open tasks wait for an outcome', { count: open })}</span> : null}
      {refused === null ? null : <span>{t('Not let in: {{reason}}', { reason: refused })}</span>}
      <Text size="sm" role="status" fw={600}>
        {finished ? t('Stopped') : isThrough ? t('The way is at its end') : t('Under way')}
      </Text>
      {stop.isError ? (
        <Text size="sm" c="var(--error)" role="alert">
          {stop.error.message}
        </Text>
      ) : null}
      <Group gap={8} ml="auto">
        {finished || !mayStop ? null : (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            loading={stop.isPending}
            onClick={() => stop.mutate(id)}
          >
            {t('Stop')}
          </Button>
        )}
        <Button variant="default" onClick={leave}>
          {t('Leave')}
        </Button>
      </Group>
    </div>
  )
}
