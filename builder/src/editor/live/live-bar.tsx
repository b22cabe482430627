/** Which numbers: overlay, time, version, leads; whether they are fresh; and a test run to begin. */
import { ActionIcon, Button, Group, SegmentedControl, Select, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconPlayerPlay } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../sign-in/session-gate.tsx'
import { formatInstant } from '../../ui/words.ts'
import { changeView, type LiveTab, type LiveView, type Range } from './live-view.ts'
import type { Overlay } from './overlays.ts'
import type { ChannelState } from './live-channel.ts'
import { useLiveCommands } from './use-live-commands.ts'
import { TestRunDialog } from './test-run.tsx'
import classes from './live.module.css'

/** Two versions are compared one against the other, so all of them together are not one of the two. */
function compareView(compare: string | null, version: number): Record<string, string | null> {
  if (compare === null || compare === 'none') return { compare: null }
  return compare === 'before' ? { compare } : { compare, v: String(version) }
}

interface LiveBarProps {
  view: LiveView
  versions: readonly number[]
  live: number
  leads: 'real' | 'test'
  channel: ChannelState
  journey: string
}

export function LiveBar({ view, versions, live, leads, channel, journey }: LiveBarProps) {
  const { t } = useTranslation()
  const mayRun = useMay('enrollments:write')
  const [isStarting, setStarting] = useState(false)
  const isPhone = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false })
  // On a phone the numbers come first; what they are of is behind a button.
  const [isOpen, setOpen] = useState(false)
  const isFolded = isPhone && !isOpen
  const isPath = view.lead !== null || view.run !== null
  const tabs: { value: LiveTab; label: string }[] = [
    { value: 'canvas', label: t('Canvas') },
    { value: 'flow', label: t('Flow') },
    { value: 'goals', label: t('Goals') },
  ]
  const overlays: { value: Overlay; label: string }[] = [
    { value: 'counts', label: t('Counts') },
    { value: 'conversion', label: t('Conversion') },
    { value: 'dropoff', label: t('Drop-off') },
    { value: 'time', label: t('Time in step') },
    { value: 'errors', label: t('Errors') },
  ]
  const ranges: { value: Range; label: string }[] = [
    { value: '1d', label: t('Last 24 hours') },
    { value: '7d', label: t('Last 7 days') },
    { value: '30d', label: t('Last 30 days') },
    { value: '90d', label: t('Last 90 days') },
    { value: '365d', label: t('Last year') },
  ]
  useLiveCommands({ view, tabs, overlays, startTestRun: mayRun && view.run === null ? () => setStarting(true) : null })
  return (
    <div className={classes['bar']} role="toolbar" aria-label={t('What Live shows')}>
      <Group gap={8}>
        <SegmentedControl
          size="xs"
          aria-label={t('View')}
          data={tabs}
          value={view.tab}
          onChange={(tab) => changeView({ tab: tab === 'canvas' ? null : tab })}
        />
        {isPhone ? (
          <>
            <Freshness {...channel} />
            <ActionIcon
              variant="default"
              size={32}
              aria-label={t('Which numbers')}
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              <IconAdjustmentsHorizontal size={18} aria-hidden />
            </ActionIcon>
          </>
        ) : null}
        {view.tab !== 'canvas' || isPath || isFolded ? null : (
          <SegmentedControl
            size="xs"
            aria-label={t('Overlay')}
            data={overlays}
            value={view.overlay}
            onChange={(overlay) => changeView({ overlay: overlay === 'counts' ? null : overlay })}
          />
        )}
      </Group>
      {isFolded ? null : (
        <Group gap={8}>
          <Select
            size="xs"
            w={132}
            aria-label={t('Time')}
            data={ranges}
            value={view.range}
            allowDeselect={false}
            onChange={(range) => changeView({ range })}
          />
          <Select
            size="xs"
            w={120}
            aria-label={t('Version')}
            data={[
              { value: 'all', label: t('All versions') },
              ...versions.map((version) => ({
                value: String(version),
                label: version === live ? t('v{{version}} · live', { version }) : t('v{{version}}', { version }),
              })),
            ]}
            value={view.version === null ? 'all' : String(view.version)}
            allowDeselect={false}
            onChange={(version) => changeView({ v: version === 'all' ? null : version })}
          />
          <Select
            size="xs"
            w={108}
            aria-label={t('Leads')}
            data={[
              { value: 'real', label: t('Real leads') },
              { value: 'test', label: t('Test leads') },
            ]}
            value={leads}
            allowDeselect={false}
            onChange={(chosen) => changeView({ leads: chosen })}
          />
          {view.tab === 'canvas' && !isPath ? (
            <Select
              size="xs"
              w={172}
              aria-label={t('Compare with')}
              data={[
                { value: 'none', label: t('Not compared') },
                { value: 'before', label: t('With the time before') },
                ...versions
                  .filter((version) => version !== (view.version ?? live))
                  .map((version) => ({ value: `v${String(version)}`, label: t('Beside v{{version}}', { version }) })),
              ]}
              value={view.compare === null ? 'none' : view.compare === 'before' ? 'before' : `v${String(view.compare)}`}
              allowDeselect={false}
              onChange={(compare) => changeView(compareView(compare, view.version ?? live))}
            />
          ) : null}
          {isPhone ? null : <Freshness {...channel} />}
          {mayRun && view.run === null ? (
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={14} aria-hidden />}
              onClick={() => setStarting(true)}
            >
              {t('Test run')}
            </Button>
          ) : null}
        </Group>
      )}
      <TestRunDialog journey={journey} opened={isStarting} onClose={() => setStarting(false)} />
    </div>
  )
}

/** Honest about what is shown: counted now, or when last. */
function Freshness({ isFresh, at }: ChannelState) {
  const { t } = useTranslation()
  const text = isFresh ? t('Live') : at === null ? t('Connecting…') : t('As of {{time}}', { time: formatInstant(at) })
  return (
    <Text size="xs" c="dimmed" className={classes['fresh']} data-fresh={isFresh} role="status">
      {text}
    </Text>
  )
}
